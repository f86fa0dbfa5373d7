import FoundationEssentials
import Operations
import Reconcile

/// The file that `plan --out` names: what is lost when it is replaced is a saved plan and nothing else.
struct PlanFile {
    /// A plan holds no secret, and yet tells what is about to change: nobody else's business by default.
    static let mode: UInt16 = 0o600

    let path: String
    private let files: any ManifestFiles

    /// Refuses a file that is there and is no plan: nobody means to lose a key or a manifest.
    init(_ path: String, _ files: any ManifestFiles) throws {
        self.path = path
        self.files = files
        guard files.exists(path) else { return }
        guard let octets = try? files.read(path, octetsMax: PlanDocument.octetsMax), Self.isReplaceable(octets) else {
            throw UsageError(
                message: "--out \(path): this file is there, and is no saved plan: it was left as it is",
                help: "give another name, or move the file away first")
        }
    }

    func write(_ plan: Plan) throws {
        do { try files.write(PlanDocument.encode(plan), to: path, mode: Self.mode, replacing: true) } catch {
            throw OperationError.file("\(error)")
        }
    }

    /// What every version of a plan has (schemas/plan.schema.json). An empty file, as mktemp(1) makes it, holds nothing to lose.
    private struct AnyPlan: Decodable {
        struct Change: Decodable {}
        var format: Int
        var digest: String
        var changes: [Change]
    }

    static func isReplaceable(_ octets: [UInt8]) -> Bool {
        octets.isEmpty || (try? JSONDecoder().decode(AnyPlan.self, from: Data(octets))) != nil
    }
}
