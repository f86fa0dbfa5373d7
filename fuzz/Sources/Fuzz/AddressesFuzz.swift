import DNS
import MailAuth

/// The addresses of a From field.
enum AddressesFuzz {
    static func run(_ octets: [UInt8]) {
        guard let list = AddressList(octets[...]) else { return }
        promise(list.mailboxes.count <= AddressList.mailboxesMax, "no more mailboxes than the bound")
        for mailbox in list.mailboxes { promise(!mailbox.domain.isRoot, "a mailbox has a domain") }
    }
}
