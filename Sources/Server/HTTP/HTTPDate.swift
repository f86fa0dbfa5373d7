import FoundationEssentials

/// IMF-fixdate (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    static func text(of time: Date) -> String {
        // `1994-11-06T08:49:37Z`.
        let parts = time.formatted(.iso8601).split { "-T:Z".contains($0) }.map(String.init)
        // 1 January 1970 was a Thursday.
        let day = (Int((time.timeIntervalSince1970 / 86400).rounded(.down)) + 4) % 7
        guard parts.count == 6, let month = Int(parts[1]), (1...12).contains(month) else {
            preconditionFailure("ISO 8601 has six numbers")
        }
        return
            "\(days[(day + 7) % 7]), \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3...].joined(separator: ":")) GMT"
    }
}
