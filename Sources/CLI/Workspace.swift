/// Where the demo may work: a temporary folder of its own.
package struct Workspace: Sendable {
    /// A new folder that only this user can read; its path.
    package var makeTemporary: @Sendable () throws -> String
    /// Removes such a folder with all that is in it.
    package var remove: @Sendable (String) -> Void

    package init(makeTemporary: @escaping @Sendable () throws -> String, remove: @escaping @Sendable (String) -> Void) {
        self.makeTemporary = makeTemporary
        self.remove = remove
    }
}
