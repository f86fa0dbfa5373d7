import FoundationEssentials

/// Times as the state file holds them: seconds since 2001-01-01 00:00:00 UTC. Exact both ways.
extension SQLiteStatement {
    func bind(_ parameter: Int32, _ time: Date) { bind(parameter, time.timeIntervalSinceReferenceDate) }
    func bind(_ parameter: Int32, _ time: Date?) {
        if let time { bind(parameter, time) } else { bindNull(parameter) }
    }
    func time(_ column: Int32) -> Date { Date(timeIntervalSinceReferenceDate: real(column)) }
}

extension Date {
    func adding(_ duration: Duration) -> Date {
        let (seconds, attoseconds) = duration.components
        return addingTimeInterval(Double(seconds) + Double(attoseconds) / 1e18)
    }
}
