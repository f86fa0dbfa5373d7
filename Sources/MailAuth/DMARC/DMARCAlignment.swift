public import DNS

/// Whether an authenticated domain speaks for the author domain (RFC 9989 §4.10.2, §5.3.4).
public enum DMARCAlignment: Sendable, Equatable {
    case aligned
    case notAligned
    /// A query of a tree walk failed.
    case temperror(String)

    /// Strict: the names are equal. Relaxed: they have the same organizational domain.
    public init(
        of identifier: DomainName, with author: DomainName, mode: DMARCRecord.Alignment, resolver: any Resolver
    ) async {
        if identifier == author {
            self = .aligned
            return
        }
        guard mode == .relaxed, Self.mayShareOrganization(identifier, author) else {
            self = .notAligned
            return
        }
        let authorWalk = await DMARCTreeWalk(from: author, resolver: resolver)
        if let failure = authorWalk.failure {
            self = .temperror(failure.reason)
            return
        }
        let walk = await DMARCTreeWalk(from: identifier, resolver: resolver)
        if let failure = walk.failure {
            self = .temperror(failure.reason)
            return
        }
        self = walk.organizationalDomain == authorWalk.organizationalDomain ? .aligned : .notAligned
    }

    /// Two names under different top-level domains never do: an organizational domain is a name or one above it.
    private static func mayShareOrganization(_ left: DomainName, _ right: DomainName) -> Bool {
        left.text.utf8.reversed().prefix { $0 != UInt8(ascii: ".") }
            .elementsEqual(right.text.utf8.reversed().prefix { $0 != UInt8(ascii: ".") })
    }
}
