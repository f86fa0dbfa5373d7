/// How a user names the manifest and its domains: so that a hint can be copied to the command line as it stands.
struct Invocation: Sendable, Equatable {
    /// nil: not given, the default was found.
    var manifestPath: String?
    var domains: [String] = []
    /// The saved plan that is applied.
    var planPath: String?

    /// `signet apply --manifest mail/`.
    func commandLine(_ words: String...) -> String {
        var all = ["signet"] + words
        if let manifestPath { all += ["--manifest", manifestPath] }
        for domain in domains { all += ["--domain", domain] }
        return all.map(Self.shellWord).joined(separator: " ")
    }

    /// POSIX sh: single quotes, where anything but letters, digits and harmless signs stands in a word.
    static func shellWord(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_./:=@,+%".utf8.contains(byte)
                }
            }
        return isPlain
            ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
