import FoundationEssentials
import Keys
import Operations

/// The keyring's public side: ids, life and the record to publish.
struct KeysView: View {
    var keys: [KeySummary]
    /// They were made just now.
    var isGenerated = false

    func human(_ style: Style) -> String {
        guard !keys.isEmpty else { return isGenerated ? "No key was missing.\n" : "No keys yet.\n" }
        let width = keys.map(\.id.description.count).max() ?? 0
        var page = Page()
        for key in keys {
            let next = KeyStepText.text(key)
            page.line(
                "\(style.safe(key.id.description).padded(width))  \(key.algorithm.rawValue.padded(7))  "
                    + "\(key.state.rawValue.padded(9))  since \(key.stateChangedAt.formatted(.iso8601))  "
                    + "age \(Self.age(key))\(next.isEmpty ? "" : "  \(next)")")
        }
        return page.text
    }

    private static func age(_ key: KeySummary) -> String {
        let seconds = Int(key.age.components.seconds)
        // Whole days are what a rotation is counted in.
        return seconds < 86_400 ? DurationText.text(seconds: seconds) : "\(seconds / 86_400) d"
    }

    static func json(_ key: KeySummary) -> JSONValue {
        [
            "domain": .string(key.id.domain), "selector": .string(key.id.selector),
            "purpose": .string(key.id.purpose.rawValue),
            "name": .string(key.id.description), "algorithm": .string(key.algorithm.rawValue),
            "state": .string(key.state.rawValue), "created_at": .string(key.createdAt.formatted(.iso8601)),
            "state_changed_at": .string(key.stateChangedAt.formatted(.iso8601)), "record": .string(key.record),
            "age_seconds": .number(Int(key.age.components.seconds)), "next_step": KeyStepText.json(key.next),
        ]
    }

    func json() -> JSONValue { ["keys": .array(keys.map(Self.json))] }

    func markdown() -> String {
        "### Signet keys\n\n"
            + (keys.isEmpty
                ? "No keys.\n"
                : MarkdownText.table(
                    ["key", "algorithm", "state", "since", "age", "next"],
                    keys.map {
                        [
                            MarkdownText.code($0.id.description), $0.algorithm.rawValue, $0.state.rawValue,
                            $0.stateChangedAt.formatted(.iso8601), Self.age($0), KeyStepText.text($0),
                        ]
                    }))
    }
}
