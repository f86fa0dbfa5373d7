import DNS
import Reconcile

/// Record data as the state file holds it: docs/spec/state-file.md.
///
/// Each record is its type and the length of its RDATA, two octets each in network order, then the RDATA as on the
/// wire with names uncompressed: TXT keeps its split, and no type needs a format of its own.
enum RecordDataEncoding {
    static func octets(_ data: [RecordData]) -> [UInt8] {
        var output: [UInt8] = []
        append(data, to: &output)
        return output
    }

    /// Led by the time to live, four octets.
    static func octets(_ set: RecordSet) -> [UInt8] {
        var output: [UInt8] = []
        for shift in [24, 16, 8, 0] { output.append(UInt8(truncatingIfNeeded: set.timeToLiveSeconds >> UInt32(shift))) }
        append(set.data, to: &output)
        return output
    }

    private static func append(_ data: [RecordData], to output: inout [UInt8]) {
        for record in data {
            let wire = record.wireOctets
            for number in [record.type.rawValue, UInt16(wire.count)] {
                output.append(UInt8(number >> 8))
                output.append(UInt8(truncatingIfNeeded: number))
            }
            output.append(contentsOf: wire)
        }
    }

    static func recordSet(_ octets: [UInt8], _ key: RecordSetKey) throws(StoreError) -> RecordSet {
        guard octets.count >= 4 else { throw damaged(key) }
        let seconds = octets[..<4].reduce(0) { $0 << 8 | UInt32($1) }
        return RecordSet(key, timeToLiveSeconds: seconds, data: try data(octets[4...], key))
    }

    static func data(_ octets: ArraySlice<UInt8>, _ key: RecordSetKey) throws(StoreError) -> [RecordData] {
        var data: [RecordData] = []
        var rest = octets
        while !rest.isEmpty {
            guard rest.count >= 4 else { throw damaged(key) }
            let head = Array(rest.prefix(4))
            let type = RecordType(rawValue: UInt16(head[0]) << 8 | UInt16(head[1]))
            let count = Int(head[2]) << 8 | Int(head[3])
            rest = rest.dropFirst(4)
            guard rest.count >= count else { throw damaged(key) }
            do {
                data.append(try RecordData(type: type, wire: Array(rest.prefix(count))))
            } catch {
                throw damaged(key)
            }
            rest = rest.dropFirst(count)
        }
        return data
    }

    private static func damaged(_ key: RecordSetKey) -> StoreError {
        StoreError(
            .unusable, "the state file's entry for \(key) is damaged: \(StateFile.restoring)")
    }
}
