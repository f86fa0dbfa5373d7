import ArgumentParser

/// `signet mail`: a message in a file, on its way in or out.
struct MailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "A message in a file: verify it as a receiver, sign it, seal it.",
        discussion: "A message is an RFC 5322 file; `-` reads it from standard input.",
        subcommands: [MailVerifyCommand.self, MailSignCommand.self, MailSealCommand.self])
}
