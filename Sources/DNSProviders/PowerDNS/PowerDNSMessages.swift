import DNS

/// The parts of PowerDNS' HTTP API that Signet reads and writes (PowerDNS Authoritative 4.x, `/api/v1`).
enum PowerDNSMessages {
    struct Zone: Decodable {
        var rrsets: [RRset]
    }

    struct RRset: Codable {
        var name: String
        var type: String
        var ttl: UInt32?
        var changetype: String?
        var records: [Record]?
        var comments: [Comment]?
    }

    struct Record: Codable {
        var content: String
        /// Kept in the database and not served.
        var disabled: Bool?
    }

    struct Comment: Codable {
        var content: String
        var account: String
        var modifiedAt: Int64?

        enum CodingKeys: String, CodingKey {
            case content, account
            case modifiedAt = "modified_at"
        }
    }

    struct Patch: Encodable {
        var rrsets: [RRset]
    }

    struct Failure: Decodable {
        var error: String
    }
}

/// One record set as PowerDNS holds it: what it serves, and what it only keeps.
struct PowerDNSRecordSet {
    /// nil: every record is disabled.
    var served: RecordSet?
    var disabled: [PowerDNSMessages.Record]

    /// Nil for a type or content that cannot be read, which is then said by name.
    init(_ key: RecordSetKey, _ rrset: PowerDNSMessages.RRset) throws(ProviderError) {
        var data: [RecordData] = []
        disabled = []
        for record in rrset.records ?? [] {
            if record.disabled == true {
                disabled.append(record)
                continue
            }
            do {
                data.append(try RecordData(type: key.type, presentation: record.content))
            } catch {
                throw ProviderError(
                    .rejected, "PowerDNS holds \(key) with a content that cannot be read: \(error)")
            }
        }
        served = data.isEmpty ? nil : RecordSet(key, timeToLiveSeconds: rrset.ttl ?? 0, data: data)
    }
}

extension PowerDNSMessages.RRset {
    /// The change that puts `set` in place, or deletes; records that are only kept stay.
    init(_ key: RecordSetKey, _ set: RecordSet?, keeping disabled: [PowerDNSMessages.Record]) {
        let served = (set?.data ?? []).map { PowerDNSMessages.Record(content: $0.presentation, disabled: false) }
        let records = served + disabled
        self.init(
            name: Self.absolute(key.name), type: key.type.description,
            ttl: records.isEmpty ? nil : set?.timeToLiveSeconds ?? 3600,
            changetype: records.isEmpty ? "DELETE" : "REPLACE", records: records.isEmpty ? nil : records)
    }

    static func absolute(_ name: DomainName) -> String { name.isRoot ? "." : name.text + "." }
}
