/// A place where the house's rules are broken.
struct Violation: Equatable, CustomStringConvertible {
    var path: String
    var line: Int
    var reason: String
    var description: String { "\(path):\(line): \(reason)" }
}

/// What every file below Sources must keep to; pure functions of a path and a text, so that a test can plant a breach.
enum Rules {
    /// `Sources/DNS/Name/DomainName.swift` → `DNS`.
    static func target(of path: String) -> String {
        let parts = path.split(separator: "/")
        return parts.count > 1 ? String(parts[1]) : ""
    }

    // MARK: imports

    static func imports(path: String, source: String, house: House) -> [Violation] {
        let name = target(of: path)
        guard let target = house.targets[name] else {
            return [Violation(path: path, line: 1, reason: "docs/ARCHITECTURE.md's table does not know \(name)")]
        }
        return importedModules(source).compactMap { line, module in
            if module == name || House.languageModules.contains(module) || target.imports.contains(module) {
                return nil
            }
            return Violation(path: path, line: line, reason: "\(name) may not import \(module)")
        }
    }

    /// Every imported module with its line; `import struct DNS.DomainName` counts as DNS.
    static func importedModules(_ source: String) -> [(line: Int, module: String)] {
        var found: [(Int, String)] = []
        for (index, line) in SwiftText.code(source).split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            // `import A; import B` stands on one line and is two.
            for statement in line.split(separator: ";") {
                var words = statement.split(whereSeparator: { $0 == " " || $0 == "\t" })[...]
                while let first = words.first, first.hasPrefix("@") || accessLevels.contains(first) {
                    words.removeFirst()
                }
                guard words.popFirst() == "import" else { continue }
                if let kind = words.first, importKinds.contains(kind), words.count > 1 { words.removeFirst() }
                guard let module = words.first?.split(separator: ".").first else { continue }
                found.append((index + 1, String(module)))
            }
        }
        return found
    }

    private static let accessLevels: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    private static let importKinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
    ]

    // MARK: the ambient world

    /// Invariant 1: what core targets may not reach for, by the words that would do it.
    static let ambient: [(word: String, instead: String)] = [
        ("Date()", "the time is an argument"), ("Date.now", "the time is an argument"),
        ("Date(timeIntervalSinceNow", "the time is an argument"), ("ContinuousClock", "the clock is a TimeSource"),
        ("SuspendingClock", "the clock is a TimeSource"), ("clock_gettime", "the time is an argument"),
        ("gettimeofday", "the time is an argument"), ("Task.sleep", "waiting is a TimeSource's"),
        ("usleep", "waiting is a TimeSource's"), ("nanosleep", "waiting is a TimeSource's"),
        ("getenv", "the environment is an argument"), ("ProcessInfo", "the environment is an argument"),
        ("CommandLine", "arguments belong to CLI"), ("UUID()", "randomness is an argument"),
        ("SystemRandomNumberGenerator", "randomness is an argument"), (".random(in", "randomness is an argument"),
        (".random()", "randomness is an argument"), (".randomElement()", "randomness is an argument"),
        (".shuffled()", "randomness is an argument"), ("getrandom", "randomness is an argument"),
        ("arc4random", "randomness is an argument"), ("FileManager", "files are a port"),
        ("FileHandle", "files are a port"),
        ("fopen", "files are a port"), ("open(", "files are a port"), ("socket(", "sockets belong to Transport"),
        ("connect(", "sockets belong to Transport"), ("gethostname", "the holder is an argument"),
        ("getpid", "the holder is an argument"), ("print(", "only views print"), ("fputs", "only views print"),
        ("contentsOf: URL", "files are a port"), ("contentsOfFile", "files are a port"),
    ]

    static func ambientWorld(path: String, source: String, house: House) -> [Violation] {
        guard house.targets[target(of: path)]?.isCore == true else { return [] }
        var found: [Violation] = []
        for (index, line) in SwiftText.code(source).split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            for (word, instead) in ambient where contains(line, word) {
                found.append(
                    Violation(path: path, line: index + 1, reason: "\(word) in a core target: \(instead)"))
            }
        }
        return found
    }

    /// Whether the word stands there as a word: not a part of a longer name, and not a member called by it.
    private static func contains(_ line: Substring, _ word: String) -> Bool {
        let octets = Array(line.utf8)
        let wanted = Array(word.utf8)
        guard octets.count >= wanted.count else { return false }
        for start in 0...(octets.count - wanted.count) where octets[start..<start + wanted.count].elementsEqual(wanted)
        {
            let isMember = wanted[0] == UInt8(ascii: ".")
            if !isMember, start > 0, isNamePart(octets[start - 1]) || octets[start - 1] == UInt8(ascii: ".") {
                continue
            }
            // `func open(` declares, it does not call.
            if !isMember, String(decoding: octets[..<start], as: UTF8.self).hasSuffix("func ") { continue }
            let end = start + wanted.count
            if isNamePart(wanted[wanted.count - 1]), end < octets.count, isNamePart(octets[end]) { continue }
            return true
        }
        return false
    }

    private static func isNamePart(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    // MARK: names of files

    static func fileName(path: String) -> [Violation] {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let stem = file.hasSuffix(".swift") ? String(file.dropLast(6)) : file
        for word in ["Util", "Helper", "Common", "Misc", "+Part"] where stem.contains(word) {
            return [Violation(path: path, line: 1, reason: "a file is named by its main type, not \(word)")]
        }
        return []
    }

    // MARK: citations

    /// Every `RFC NNNN` of a text whose number is not among the known ones.
    static func citations(path: String, source: String, known: Set<Int>) -> [Violation] {
        var found: [Violation] = []
        for (index, line) in source.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var rest = line
            while let start = rest.firstRange(of: "RFC") {
                rest = rest[start.upperBound...]
                let digits = rest.drop { $0 == " " || $0 == "\u{A0}" }.prefix { $0.isASCII && $0.isNumber }
                guard digits.count >= 3, let number = Int(digits) else { continue }
                if !known.contains(number) {
                    found.append(
                        Violation(path: path, line: index + 1, reason: "RFC \(number) is not listed in docs/rfcs.md"))
                }
            }
        }
        return found
    }

    /// The numbers in the first column of docs/rfcs.md.
    static func listedRFCs(_ document: String) -> Set<Int> {
        Set(
            document.split(separator: "\n").filter { $0.hasPrefix("| ") }.compactMap { row in
                row.split(separator: "|").first.flatMap { Int($0.filter { $0 != " " }) }
            })
    }
}
