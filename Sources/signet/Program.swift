import CLI
import CLinux
import Glibc
import Operations
import Storage

/// The composition root: the one place where adapters meet ports. Nothing is opened, started or read here before a
/// command asks for it.
@main
enum Program {
    static func main() async {
        // A reader that goes away (`| head`) must not kill an apply half-way: writing then fails with EPIPE instead.
        signal(SIGPIPE, SIG_IGN)
        let arguments = Array(CommandLine.arguments.dropFirst())
        // A server asks for the same memory again with the next request.
        if arguments.first != "serve" { signet_return_freed_memory() }
        let console = SystemConsole()
        let signals = SignalWatch(console: console)
        let task = Task {
            let door = CommandLineInterface(
                signet: Signet(ports: Composition.ports(warn: { console.notice($0, isWarning: true) })),
                console: console.console, workspace: Composition.workspace,
                receivedSignal: { signals.received })
            return await door.run(arguments)
        }
        signals.start { task.cancel() }
        let status = await task.value
        // `exit` would leave what was written last in write-ahead logs.
        await OpenStates.closeAll()
        exit(console.couldNotAnswer && status == .done ? ExitStatus.error.code : status.code)
    }
}
