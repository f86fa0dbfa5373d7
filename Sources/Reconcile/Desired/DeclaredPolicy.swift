package import MailAuth
package import Manifest

extension MTASTSPolicy {
    package init(_ declaration: MTASTSDeclaration) {
        let mode: Mode =
            switch declaration.mode {
            case .enforce: .enforce
            case .testing: .testing
            case .none: .none
            }
        self.init(mode: mode, mx: declaration.mx, maxAgeSeconds: Int(declaration.maxAge.components.seconds))
    }
}
