/// What a `personal.erased` entry says: `details.places` is a list of `[index, number]`.
package enum ErasureEntry {
    /// Places that one entry names: at most 20 octets each, so that they fit a leaf.
    package static let placesMax = 2_000

    /// One entry or several, depending on how many places there are; none where nothing was erased.
    ///
    /// - Parameter outboxRows: how many rows were blanked beside the log; the first entry says so.
    package static func entries(
        _ places: [PersonalPlace], outboxRows: Int = 0, for request: ErasureRequest
    ) -> [LogEntry] {
        stride(from: 0, to: max(places.count, min(outboxRows, 1)), by: placesMax).map { start in
            let part = places[start..<min(start + placesMax, places.count)]
            var details: [String: LogValue] = [
                "by": .text(request.by),
                "places": .list(part.map { .list([.integer($0.index.rawValue), .integer(Int64($0.number))]) }),
            ]
            if start == 0, outboxRows > 0 { details["outbox_rows"] = .integer(Int64(outboxRows)) }
            if let reason = request.reason { details["reason"] = .text(reason) }
            var message: String?
            if case .message(let id) = request.target { message = id }
            return LogEntry(
                .personalErased, timeMilliseconds: request.timeMilliseconds, message: message, details: details)
        }
    }

    package static func places(_ content: LeafContent) -> [PersonalPlace] {
        guard content.kind == .personalErased, let list = content.details["places"]?.list else { return [] }
        return list.compactMap { pair in
            guard let pair = pair.list, pair.count == 2, let index = pair[0].integer, let number = pair[1].integer
            else { return nil }
            return PersonalPlace(index: LogIndex(index), number: Int(number))
        }
    }
}
