import DNS
import Synchronization

/// Runs what never really waits, because its resolver answers at once, to its end on this thread.
func now<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) -> Value {
    let result = Mutex<Value?>(nil)
    let box = Unchecked(result: { value in result.withLock { $0 = value } })
    Task.immediate {
        let value = await work()
        box.result(value)
    }
    guard let value = result.withLock({ $0 }) else { fatalError("a look-up without waiting waited") }
    return value
}

/// Carries a closure into a task that ends before the closure's scope does.
private struct Unchecked<Value>: @unchecked Sendable {
    let result: (Value) -> Void
}

/// A resolver made of the fuzzer's octets: every name has an answer that follows from the name alone.
struct FuzzResolver: Resolver {
    /// TXT values, of which a name's own letters choose one.
    let texts: [[UInt8]]

    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer {
        var hash: UInt32 = 2_166_136_261
        for octet in name.text.utf8 { hash = (hash ^ UInt32(octet)) &* 16_777_619 }
        let choice = Int(hash >> 8)
        // One name in sixteen each fails, is missing, or has nothing of the type.
        switch choice & 15 {
        case 0 where type != .txt: return .failed("no answer")
        case 1 where type != .txt: return .noSuchName
        case 2: return .noData
        default: break
        }
        let data: [RecordData]
        switch type {
        case .txt: data = texts.isEmpty ? [] : [.txt(TXTValue(joined: texts[(choice >> 4) % texts.count]))]
        case .a: data = [.a(.v4(0xC000_0200 | hash & 255))]
        case .aaaa: data = [.aaaa(.v6(high: 0x2001_0DB8_0000_0000, low: UInt64(hash)))]
        case .mx: data = (0..<UInt16(choice % 12)).map { .mx(preference: $0, exchange: name) }
        case .ptr: data = [.ptr(name)]
        default: data = []
        }
        return data.isEmpty ? .noData : .found(data, timeToLiveSeconds: 300)
    }
}
