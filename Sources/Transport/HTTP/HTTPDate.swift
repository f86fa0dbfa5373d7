/// The dates of HTTP (RFC 9110 §5.6.7), as far as `Retry-After` needs them.
enum HTTPDate {
    /// `Retry-After`'s seconds, or the time from `now` to its date, never negative. Nil if it is neither.
    static func delay(retryAfter text: String, unixSeconds now: Int64) -> Duration? {
        let bytes = text.utf8
        if !bytes.isEmpty, bytes.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) {
            return .seconds(Int64(text) ?? Int64(Int32.max))
        }
        return unixSeconds(text, now: now).map { .seconds(max(0, $0 - now)) }
    }

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// Reads all three forms: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`,
    /// `Sun Nov  6 08:49:37 1994`.
    static func unixSeconds(_ text: String, now: Int64) -> Int64? {
        let words = text.lowercased().split { " ,-:".contains($0) }.map(String.init)
        guard words.count >= 7 else { return nil }
        let isAsctime = months.contains(words[1])
        guard let month = months.firstIndex(of: words[isAsctime ? 1 : 2]),
            let day = Int64(words[isAsctime ? 2 : 1]), var year = Int64(words[isAsctime ? 6 : 3]),
            let hour = Int64(words[isAsctime ? 3 : 4]), let minute = Int64(words[isAsctime ? 4 : 5]),
            let second = Int64(words[isAsctime ? 5 : 6]),
            (1...31).contains(day), (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        if words[isAsctime ? 6 : 3].utf8.count == 2 {
            // RFC 9110 §5.6.7: a date more than 50 years ahead is the last one with those digits in the past.
            let current = 1970 + now / 31_556_952
            year += current / 100 * 100
            if year > current + 50 { year -= 100 }
        }
        guard (1970...9999).contains(year) else { return nil }
        return days(year: year, month: Int64(month) + 1, day: day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// Days from 1970-01-01 in the Gregorian calendar, the year taken to start in March.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let monthFromMarch = (month + 9) % 12
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (monthFromMarch * 306 + 5) / 10 + day
            - 719_469
    }
}
