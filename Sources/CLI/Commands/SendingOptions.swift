import ArgumentParser
import Manifest
import Operations
import SendGate

/// Who sends, and how that is put to the gate: what answering and forwarding have in common.
struct SendingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The agent's id in the manifest.", valueName: "id"))
    var agent: String

    @Option(help: ArgumentHelp("The address to send from.", valueName: "address"))
    var from: String?

    @OptionGroup var gate: GateOptions
}

/// The text of an answer or of a forwarding message.
struct TextOptions: ParsableArguments {
    @Option(help: "The subject. (default: the message's own, behind one Re: or Fwd:)")
    var subject: String?

    @Option(help: "The text.")
    var text: String?

    @Option(name: .customLong("text-file"), help: "A file with the text.", completion: .file())
    var textFile: String?

    func validate() throws {
        if text != nil, textFile != nil { throw ValidationError("--text and --text-file exclude each other.") }
    }

    func text(_ files: MessageFiles) throws -> String? { try text ?? textFile.map { try files.text($0) } }
}

/// Reads what goes into a message.
struct MessageFiles {
    let files: any ManifestFiles

    func read(_ path: String) throws -> [UInt8] {
        do { return try files.read(path, octetsMax: OutboxLimits.octetsMax) } catch {
            throw OperationError.file("\(error)")
        }
    }

    func text(_ path: String) throws -> String {
        guard let text = String(validating: try read(path), as: UTF8.self) else {
            throw OperationError.file("\(path) is not UTF-8")
        }
        return text
    }

    func attachment(_ path: String) throws -> SendRequest.Attachment {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return SendRequest.Attachment(name: name, mediaType: Self.mediaType(name), octets: try read(path))
    }

    /// By the name's ending; a receiver that is not told shows a file to save.
    private static func mediaType(_ name: String) -> String {
        let endings = [
            "txt": "text/plain", "csv": "text/csv", "html": "text/html", "pdf": "application/pdf",
            "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
            "json": "application/json", "ics": "text/calendar", "zip": "application/zip",
        ]
        return endings[name.split(separator: ".").last?.lowercased() ?? ""] ?? "application/octet-stream"
    }
}
