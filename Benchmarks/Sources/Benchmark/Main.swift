import Glibc

/// One measurement a call, in rounds in which we and the reference take turns, so that a noisy machine hits both.
///
///     Benchmark sign|verify rsa|ed25519 OCTETS ROUNDS    ours and OpenSSL's own a second, one round a line
///     Benchmark body OCTETS ROUNDS                       ours and SHA-256 alone, octets a second
///     Benchmark body-memory OCTETS                       hashes so much in pieces; for a look at peak memory
///     Benchmark spf RECORDS ADDRESS DOMAIN SECONDS       evaluations, seconds, verdict
///     Benchmark dns ADDRESS PORT NAMES                   questions, answers, seconds
///     Benchmark yaml FILE                                seconds of loading, domains
///     Benchmark gate ROUNDS                              nanoseconds a decision
///     Benchmark prepare FOLDER OCTETS ROUNDS             messages and OpenSSL's RSA signatures a second, one round a line
///     Benchmark deliver FOLDER PORT OCTETS COUNT         messages sent, seconds, seconds of processor time
///     Benchmark sink                                     its port; takes messages until it is ended
///     Benchmark append FILE ENTRIES BATCH                entries, seconds, seconds of processor time
///     Benchmark query FILE ROUNDS                        milliseconds, entries found, question
@main struct Main {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first ?? "", arguments.count) {
        case ("sign", 4), ("verify", 4):
            guard let benchmark = MailBenchmark(isRSA: arguments[1] == "rsa", octets: Int(arguments[2]) ?? 4096)
            else { return stop("OpenSSL makes no such key") }
            let rounds = Int(arguments[3]) ?? 9
            if arguments[0] == "sign" { benchmark.sign(rounds: rounds) } else { await benchmark.verify(rounds: rounds) }
        case ("body", 3):
            BodyBenchmark.run(octets: Int(arguments[1]) ?? 10_000_000, rounds: Int(arguments[2]) ?? 9)
        case ("body-memory", 2): BodyBenchmark.stream(octets: Int(arguments[1]) ?? 10_000_000)
        case ("spf", 5):
            await SPFBenchmark.run(
                records: arguments[1], address: arguments[2], domain: arguments[3], seconds: Double(arguments[4]) ?? 1)
        case ("dns", 4): await LookUpBenchmark.run(address: arguments[1], port: arguments[2], names: arguments[3])
        case ("gate", 2): SendBenchmark.gate(rounds: Int(arguments[1]) ?? 9)
        case ("prepare", 4):
            try await SendBenchmark.prepare(
                folder: arguments[1], octets: Int(arguments[2]) ?? 4096, rounds: Int(arguments[3]) ?? 9)
        case ("deliver", 5):
            try await SendBenchmark.deliver(
                folder: arguments[1], port: Int(arguments[2]) ?? 0, octets: Int(arguments[3]) ?? 4096,
                count: Int(arguments[4]) ?? 1000)
        case ("sink", 1): try await SendBenchmark.sink()
        case ("append", 4):
            try await LogBenchmark.append(
                path: arguments[1], entries: Int(arguments[2]) ?? 100_000, batch: Int(arguments[3]) ?? 1000)
        case ("query", 3): try await LogBenchmark.query(path: arguments[1], rounds: Int(arguments[2]) ?? 9)
        case ("yaml", 2): ManifestBenchmark.run(path: arguments[1])
        default: stop("usage stands at the top of Benchmarks/Sources/Benchmark/Main.swift")
        }
    }

    static func stop(_ text: String) {
        print("Benchmark: \(text)")
        exit(64)
    }
}

/// Seconds on the clock that never goes back.
func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Seconds of processor time of this process: what a busy machine does not stretch as it stretches the clock's.
func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// What one side does in a second of processor time: batches until at least so much has passed.
func rate(of batch: Int, for span: Double = 0.15, _ work: () -> Void) -> Double {
    let start = processorSeconds()
    var done = 0
    var passed = 0.0
    while passed < span {
        work()
        done += batch
        passed = processorSeconds() - start
    }
    return Double(done) / passed
}

func rate(of batch: Int, for span: Double = 0.15, _ work: () async -> Void) async -> Double {
    let start = processorSeconds()
    var done = 0
    var passed = 0.0
    while passed < span {
        await work()
        done += batch
        passed = processorSeconds() - start
    }
    return Double(done) / passed
}

func file(_ path: String) -> [UInt8]? {
    guard let stream = fopen(path, "rb") else { return nil }
    defer { fclose(stream) }
    fseek(stream, 0, SEEK_END)
    let count = ftell(stream)
    rewind(stream)
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
        read = fread(buffer.baseAddress, 1, count, stream)
    }
}
