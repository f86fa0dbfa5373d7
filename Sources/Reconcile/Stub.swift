import DNS
package import Manifest
package struct MTASTSPolicy { package init(_ d: MTASTSDeclaration) {}; package var recordText: String { "" }; package var text: String { "" } }
extension AlignmentCheck {
    enum V { case none, pass, fail, softfail, neutral, temperror, permerror }
    func check(_ a: IPAddress, _ n: DomainName) async -> (verdict: V, reason: String) { (.none, "") }
}
