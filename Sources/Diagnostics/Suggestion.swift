/// "Did you mean": the known word nearest to a mistyped one.
package enum Suggestion {
    /// Longer words get no suggestion: they are hardly typing errors, and the search is quadratic in the length.
    package static let lengthMax = 64
    /// How many words are compared.
    package static let candidatesMax = 4_096

    /// The nearest candidate, the first among equals; nil if none is near: one edit for words of up to 3 letters, two
    /// for up to 7, else three. ASCII case does not count.
    package static func closest(to text: String, among candidates: some Sequence<String>) -> String? {
        let word = folded(text)
        guard !word.isEmpty, word.count <= lengthMax else { return nil }
        var best: String?
        var bound = editsMax(word)
        for candidate in candidates.prefix(candidatesMax) {
            let other = folded(candidate)
            guard other.count <= lengthMax, let distance = distance(word, other, bound: bound) else { continue }
            // As many edits as letters make any word of any other.
            guard distance < max(word.count, other.count), best == nil || distance < bound else { continue }
            best = candidate
            bound = distance
            if distance == 0 { break }
        }
        return best
    }

    /// Whether `closest` would name any of the candidates. All in lower case; nothing is allocated for words of other
    /// lengths.
    package static func isNear(_ word: [UInt8], toAnyOf candidates: [[UInt8]]) -> Bool {
        guard !word.isEmpty, word.count <= lengthMax else { return false }
        let bound = editsMax(word)
        return candidates.contains { candidate in
            distance(word, candidate, bound: bound).map { $0 < max(word.count, candidate.count) } ?? false
        }
    }

    private static func editsMax(_ word: [UInt8]) -> Int { word.count <= 3 ? 1 : word.count <= 7 ? 2 : 3 }

    /// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours; nil beyond `bound`.
    static func distance(_ left: [UInt8], _ right: [UInt8], bound: Int) -> Int? {
        guard abs(left.count - right.count) <= bound else { return nil }
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        var current = beforePrevious
        for row in left.indices {
            current[0] = row + 1
            var least = current[0]
            for column in right.indices {
                let substitution = previous[column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(previous[column + 1] + 1, current[column] + 1, substitution)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforePrevious[column - 1] + 1)
                }
                current[column + 1] = cost
                least = min(least, cost)
            }
            if least > bound { return nil }
            (beforePrevious, previous, current) = (previous, current, beforePrevious)
        }
        return previous[right.count] <= bound ? previous[right.count] : nil
    }

    private static func folded(_ text: String) -> [UInt8] {
        text.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    }
}
