import FoundationEssentials
import Manifest
import Operations
import Reconcile

/// What an operation tells while it runs, as one line each.
enum ProgressText {
    /// Of the reasons for a wait, how many are named.
    static let reasonsShown = 2

    /// Without a line end. The time left counts from `now`.
    static func line(_ progress: Progress, now: Date, _ style: Style) -> String {
        switch progress {
        case .observing(let domains): return "observing \(String.counted(domains, "domain"))"
        case .generatingKeys(let count): return "generating \(String.counted(count, "key"))"
        case .registered(let agents):
            return agents.map { "\(style.safe($0.agent.rawValue)): \(ApplyView.word($0.action))" }.joined(
                separator: ", ")
        case .applying(let stage, let changes):
            return "stage \(stage.rawValue): writing \(String.counted(changes, "record set"))"
        case .applied(let change, let outcome): return "\(change.key): \(ApplyView.word(outcome))"
        case .converged(let domain): return "\(domain): converged"
        case .step(let text): return style.safe(text)
        case .waiting(let domains, let until, let reasons):
            var line = "waiting for \(String.counted(domains, "domain")), \(timeLeft(until, now: now))"
            if !reasons.isEmpty {
                let more = reasons.count - reasonsShown
                line += ": " + reasons.prefix(reasonsShown).map(style.safe).joined(separator: "; ")
                if more > 0 { line += "; \(more) more" }
            }
            return line
        }
    }

    static func timeLeft(_ until: Date?, now: Date) -> String {
        guard let until else { return "no end known" }
        let seconds = Int(until.timeIntervalSince(now).rounded(.up))
        return seconds <= 0 ? "any moment" : "\(DurationText.text(seconds: seconds)) left"
    }
}

/// Durations as people write them: `1h30m`, `90s`.
enum DurationText {
    /// Ten years: longer is a slip of the finger, and would overflow a date in the end.
    static let secondsMax = 10 * 366 * 86400

    static func text(seconds: Int) -> String {
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds / 60) min \(seconds % 60) s" }
        let minutes = seconds % 3600 / 60
        return minutes == 0 ? "\(seconds / 3600) h" : "\(seconds / 3600) h \(minutes) min"
    }

    /// Reads `90s`, `5m`, `1h30m`, `2d`; a bare number is seconds. Nil for anything else.
    static func duration(_ text: String) -> Duration? {
        var total = 0
        var digits = ""
        var hasUnit = false
        for character in text {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            let unit: Int
            switch character {
            case "s": unit = 1
            case "m": unit = 60
            case "h": unit = 3600
            case "d": unit = 86400
            default: return nil
            }
            guard let count = Int(digits), count <= secondsMax / unit else { return nil }
            total += count * unit
            digits = ""
            hasUnit = true
        }
        if !digits.isEmpty {
            guard !hasUnit, let count = Int(digits), count <= secondsMax else { return nil }
            return .seconds(count)
        }
        return hasUnit && total <= secondsMax ? .seconds(total) : nil
    }
}
