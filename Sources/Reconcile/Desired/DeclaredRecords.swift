import DNS
package import MailAuth
package import Manifest

extension SPFRecord {
    /// The record of the declared terms alone. `flattened` stands where the includes that it replaces would.
    package init(_ declaration: SPFDeclaration, flattened: [SPFTerm]) {
        var terms = declaration.terms + flattened
        if let all = declaration.all { terms.append(SPFTerm(.all, qualifier: all)) }
        self.init(terms: terms, redirect: declaration.redirect?.text)
    }
}
