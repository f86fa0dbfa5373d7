import ArgumentParser
import Diagnostics

/// Which command a command line names, where ArgumentParser could not read it and says nothing of that.
enum CommandName {
    /// `keys list`; fewer words, or none, where the line names less.
    static func words(in arguments: [String]) -> [String] {
        var words: [String] = []
        var command: any ParsableCommand.Type = RootCommand.self
        for argument in arguments {
            guard let next = subcommand(argument, of: command) else { break }
            words.append(argument)
            command = next
        }
        if let standard = command.configuration.defaultSubcommand { words.append(name(standard)) }
        return words
    }

    /// A first word that is no command; nil: there is none, or it is one.
    static func unknown(in arguments: [String]) -> UsageError? {
        guard let word = arguments.first, !word.hasPrefix("-"), word != "help",
            subcommand(word, of: RootCommand.self) == nil
        else { return nil }
        let near = Suggestion.closest(
            to: word,
            among: RootCommand.configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { name($0) })
        return UsageError(
            message: "\(word) is no command of signet",
            help: near.map { "did you mean `signet \($0)`?" } ?? "signet --help lists them")
    }

    private static func subcommand(_ word: String, of command: any ParsableCommand.Type) -> (any ParsableCommand.Type)?
    {
        command.configuration.subcommands.first { name($0) == word }
    }

    private static func name(_ command: any ParsableCommand.Type) -> String {
        command.configuration.commandName ?? command._commandName
    }
}
