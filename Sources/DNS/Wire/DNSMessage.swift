/// A whole DNS message (RFC 1035 §4), for those who answer and for tests.
///
/// `DNSMessage(wire:)` reads every record of every section. Who asks thousands of questions reads the answers with
/// `ReplyReader`, which builds only what the question wants.
package struct DNSMessage: Sendable, Equatable {
    package struct Question: Sendable, Hashable {
        package var name: DomainName
        package var type: RecordType
        /// 1 is IN, the Internet.
        package var recordClass: UInt16

        package init(_ name: DomainName, _ type: RecordType, recordClass: UInt16 = DNSMessage.classInternet) {
            self.name = name
            self.type = type
            self.recordClass = recordClass
        }
    }

    package struct Record: Sendable, Equatable {
        package var name: DomainName
        package var recordClass: UInt16
        /// Seconds, at most 2^31 - 1 when read (RFC 2181 §8).
        package var timeToLiveSeconds: UInt32
        package var data: RecordData

        package init(
            _ name: DomainName, timeToLiveSeconds: UInt32, _ data: RecordData,
            recordClass: UInt16 = DNSMessage.classInternet
        ) {
            self.name = name
            self.recordClass = recordClass
            self.timeToLiveSeconds = timeToLiveSeconds
            self.data = data
        }
    }

    package static let classInternet: UInt16 = 1
    package static let headerOctets = 12
    /// What the length before a message on TCP can say (RFC 1035 §4.2.2).
    package static let octetsMax = 65_535

    package var id: UInt16
    package var flags: HeaderFlags
    package var questions: [Question]
    package var answers: [Record]
    package var authorities: [Record]
    /// Without the OPT record.
    package var additionals: [Record]
    package var extensions: ExtensionMechanisms?

    package init(
        id: UInt16, flags: HeaderFlags = HeaderFlags(), questions: [Question] = [], answers: [Record] = [],
        authorities: [Record] = [], additionals: [Record] = [], extensions: ExtensionMechanisms? = nil
    ) {
        self.id = id
        self.flags = flags
        self.questions = questions
        self.answers = answers
        self.authorities = authorities
        self.additionals = additionals
        self.extensions = extensions
    }

    /// With the upper bits of an OPT record (RFC 6891 §6.1.3).
    package var responseCode: UInt16 {
        UInt16(extensions?.extendedResponseCode ?? 0) << 4 | UInt16(flags.responseCode)
    }

    // MARK: Reading

    package init(wire octets: [UInt8]) throws(WireError) {
        self = try octets.withUnsafeBytesResult { bytes throws(WireError) in try DNSMessage(wire: bytes) }
    }

    /// Reads every section; octets behind the last record are an error.
    package init(wire octets: UnsafeRawBufferPointer) throws(WireError) {
        var reader = WireReader(octets)
        self.init(id: try reader.uint16(), flags: HeaderFlags(rawValue: try reader.uint16()))
        let counts = (
            question: try reader.uint16(), answer: try reader.uint16(), authority: try reader.uint16(),
            additional: try reader.uint16()
        )
        // The counts are a stranger's: nothing is reserved for them, and a missing record ends the loop.
        for _ in 0..<counts.question {
            questions.append(
                Question(
                    try reader.name(), RecordType(rawValue: try reader.uint16()), recordClass: try reader.uint16()))
        }
        for _ in 0..<counts.answer { answers.append(try Self.record(from: &reader)) }
        for _ in 0..<counts.authority { authorities.append(try Self.record(from: &reader)) }
        for _ in 0..<counts.additional {
            let name = try reader.name()
            let type = RecordType(rawValue: try reader.uint16())
            if type == .opt {
                guard name.isRoot, extensions == nil else { throw .badOptRecord }
                extensions = try ExtensionMechanisms(from: &reader)
            } else {
                additionals.append(try Self.record(name, type, from: &reader))
            }
        }
        guard reader.isAtEnd else { throw .trailingOctets }
    }

    private static func record(from reader: inout WireReader) throws(WireError) -> Record {
        let name = try reader.name()
        let type = RecordType(rawValue: try reader.uint16())
        if type == .opt { throw .badOptRecord }
        return try record(name, type, from: &reader)
    }

    private static func record(
        _ name: DomainName, _ type: RecordType, from reader: inout WireReader
    ) throws(WireError) -> Record {
        let recordClass = try reader.uint16()
        let timeToLive = try reader.timeToLive()
        let length = Int(try reader.uint16())
        // Other classes, and the empty RDATA of RFC 2136's prerequisites, keep their octets unread.
        let data: RecordData
        if recordClass == classInternet, length > 0 {
            data = try RecordData(type: type, length: length, from: &reader)
        } else {
            data = .opaque(type: type, octets: Array(try reader.take(length)))
        }
        return Record(name, timeToLiveSeconds: timeToLive, data, recordClass: recordClass)
    }

    // MARK: Writing

    /// The message, names compressed. If it would pass `octetsMax`, the records that do not fit are left out from the
    /// back, and TC is set if one of answer or authority is missing (RFC 2181 §9); an OPT record always stays.
    package func wireOctets(octetsMax: Int = DNSMessage.octetsMax) -> [UInt8] {
        var writer = WireWriter(compressing: true)
        var flags = flags
        writer.uint16(id)
        writer.uint16(0)
        for _ in 0..<4 { writer.uint16(0) }
        for question in questions {
            writer.name(question.name)
            writer.uint16(question.type.rawValue)
            writer.uint16(question.recordClass)
        }
        var options = WireWriter(compressing: false)
        extensions?.write(to: &options)
        let room = min(octetsMax, Self.octetsMax) - options.octets.count
        var isFull = false
        func put(_ records: [Record], into writer: inout WireWriter) -> Int {
            for (index, record) in records.enumerated() {
                let start = writer.octets.count
                Self.write(record, to: &writer)
                if writer.octets.count > room {
                    writer.truncate(to: start)
                    isFull = true
                    return index
                }
            }
            return records.count
        }
        let answerCount = put(answers, into: &writer)
        let authorityCount = isFull ? 0 : put(authorities, into: &writer)
        if isFull { flags.isTruncated = true }
        let additionalCount = isFull ? 0 : put(additionals, into: &writer)
        writer.append(options.octets)

        writer.set(flags.rawValue, at: 2)
        writer.set(UInt16(questions.count), at: 4)
        writer.set(UInt16(answerCount), at: 6)
        writer.set(UInt16(authorityCount), at: 8)
        writer.set(UInt16(additionalCount + (extensions == nil ? 0 : 1)), at: 10)
        return writer.octets
    }

    private static func write(_ record: Record, to writer: inout WireWriter) {
        writer.name(record.name)
        writer.uint16(record.data.type.rawValue)
        writer.uint16(record.recordClass)
        writer.uint32(record.timeToLiveSeconds)
        let lengthAt = writer.octets.count
        writer.uint16(0)
        record.data.write(to: &writer)
        writer.set(UInt16(truncatingIfNeeded: writer.octets.count - lengthAt - 2), at: lengthAt)
    }
}
