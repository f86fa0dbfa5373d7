import Operations

/// Where the demo may work: a temporary folder of its own.
package struct Workspace: Sendable {
    /// A new folder that only this user can read; its path.
    package var makeTemporary: @Sendable () throws -> String
    /// Removes such a folder with all that is in it.
    package var remove: @Sendable (String) -> Void

    /// A mail server on loopback that keeps what it is sent: where the demo's messages go.
    package var startSink: @Sendable () throws -> DemoSink

    package init(
        makeTemporary: @escaping @Sendable () throws -> String, remove: @escaping @Sendable (String) -> Void,
        startSink: @escaping @Sendable () throws -> DemoSink = {
            throw OperationError.other("there is no mail server to try with here")
        }
    ) {
        self.makeTemporary = makeTemporary
        self.remove = remove
        self.startSink = startSink
    }
}

/// A running sink, and what it has received so far.
package struct DemoSink: Sendable {
    package var port: UInt16
    /// The recipients of each message, in the order of arrival.
    package var recipients: @Sendable () -> [[String]]

    package init(port: UInt16, recipients: @escaping @Sendable () -> [[String]]) {
        self.port = port
        self.recipients = recipients
    }
}
