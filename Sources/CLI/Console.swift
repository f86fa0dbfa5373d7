/// Where output goes and where answers come from: the process' own streams, or buffers in a test.
package struct Console: Sendable {
    package enum Stream: Sendable {
        /// The answer.
        case output
        /// Progress, warnings, questions and errors.
        case error
    }

    package var write: @Sendable (Stream, String) -> Void
    /// The answer where it is no text, such as a message: these very octets.
    package var writeOctets: @Sendable ([UInt8]) -> Void
    /// All of standard input, up to that many octets. Errors are sentences for a reader.
    package var readInput: @Sendable (Int) throws -> [UInt8]
    package var outputIsTerminal: Bool
    package var errorIsTerminal: Bool
    package var inputIsTerminal: Bool
    /// One line of standard input without its end; nil at its end, or when the task is cancelled.
    package var readLine: @Sendable () async -> String?
    /// The next line of standard input without its end, of at most that many octets; nil at its end, or when the task is
    /// cancelled. Calls follow one another, and nobody calls `readLine` beside. Errors are sentences for a reader.
    package var nextLine: @Sendable (Int) async throws -> [UInt8]?
    /// From now on what the process has to say by itself (warnings, that it stops) is handed over in place of being written to
    /// standard error; the flag says whether it is a warning.
    package var redirectNotices: @Sendable (@escaping @Sendable (_ text: String, _ isWarning: Bool) -> Void) -> Void
    /// Cells of a line of the terminal at standard error, asked anew each time because windows are resized.
    package var columns: @Sendable () -> Int
    /// `NO_COLOR` and `TERM` are read.
    package var environment: [String: String]

    package init(
        write: @escaping @Sendable (Stream, String) -> Void,
        writeOctets: (@Sendable ([UInt8]) -> Void)? = nil,
        readInput: @escaping @Sendable (Int) throws -> [UInt8] = { _ in [] },
        outputIsTerminal: Bool = false, errorIsTerminal: Bool = false, inputIsTerminal: Bool = false,
        readLine: @escaping @Sendable () async -> String? = { nil },
        nextLine: @escaping @Sendable (Int) async throws -> [UInt8]? = { _ in nil },
        redirectNotices:
            @escaping @Sendable (@escaping @Sendable (_ text: String, _ isWarning: Bool) -> Void) -> Void = { _ in },
        columns: @escaping @Sendable () -> Int = { 80 },
        environment: [String: String] = [:]
    ) {
        self.write = write
        self.writeOctets = writeOctets ?? { write(.output, String(decoding: $0, as: UTF8.self)) }
        self.readInput = readInput
        self.outputIsTerminal = outputIsTerminal
        self.errorIsTerminal = errorIsTerminal
        self.inputIsTerminal = inputIsTerminal
        self.readLine = readLine
        self.nextLine = nextLine
        self.redirectNotices = redirectNotices
        self.columns = columns
        self.environment = environment
    }

    /// A question can be asked and answered.
    package var isInteractive: Bool { inputIsTerminal && errorIsTerminal }

    /// no-color.org: `NO_COLOR` counts if it is not empty. A dumb terminal takes no escape sequences at all.
    private var allowsColour: Bool { (environment["NO_COLOR"] ?? "").isEmpty && !isDumb }
    var isDumb: Bool { environment["TERM"] == "dumb" }

    func usesColour(_ choice: ColourChoice, on stream: Stream) -> Bool {
        switch choice {
        case .always: true
        case .never: false
        case .auto: allowsColour && (stream == .output ? outputIsTerminal : errorIsTerminal)
        }
    }
}
