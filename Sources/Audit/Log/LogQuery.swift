/// Which entries are wanted. All conditions must hold; none asks for every entry.
package struct LogQuery: Sendable, Equatable {
    package static let limitDefault = 100
    /// Records of at most 64 kB each are held in memory.
    package static let limitMax = 10_000

    /// Empty: any kind.
    package var kinds: Set<LogKind>
    package var domain: String?
    package var agent: String?
    package var message: String?
    /// From this millisecond on.
    package var from: Int64?
    /// Before this millisecond.
    package var until: Int64?
    /// The newest this many.
    package var limit: Int
    /// Only what is older than this place: the next page.
    package var olderThan: Cursor?

    /// A place in the order of answers: by time, and by index where times are equal.
    package struct Cursor: Sendable, Equatable {
        package var timeMilliseconds: Int64
        package var index: LogIndex

        package init(timeMilliseconds: Int64, index: LogIndex) {
            self.timeMilliseconds = timeMilliseconds
            self.index = index
        }
    }

    package init(
        kinds: Set<LogKind> = [], domain: String? = nil, agent: String? = nil, message: String? = nil,
        from: Int64? = nil, until: Int64? = nil, limit: Int = limitDefault, olderThan: Cursor? = nil
    ) {
        self.kinds = kinds
        self.domain = domain
        self.agent = agent
        self.message = message
        self.from = from
        self.until = until
        self.limit = limit
        self.olderThan = olderThan
    }
}

/// The answer: the newest that match, the oldest of them first.
package struct LogPage: Sendable, Equatable {
    package var records: [LogRecord]
    /// Whether older ones match too; `LogQuery.olderThan` with the first record asks for them.
    package var hasOlder: Bool

    package init(records: [LogRecord], hasOlder: Bool) {
        self.records = records
        self.hasOlder = hasOlder
    }
}
