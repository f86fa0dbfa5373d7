/// The fields of a message that goes back into the transport as it is (RFC 5322 §3.6.6): who does that, when, and for
/// whom. They say nothing about the author, whose fields stay as they are.
package struct ResentFields: Sendable, Hashable {
    package var from: MessageBuilder.Address
    package var to: [MessageBuilder.Address]
    package var cc: [MessageBuilder.Address]
    /// Unix seconds, of the years 1970 to 9999.
    package var unixTime: Int64
    /// With or without its angle brackets.
    package var messageID: String

    package init(
        from: MessageBuilder.Address, to: [MessageBuilder.Address], cc: [MessageBuilder.Address] = [],
        unixTime: Int64, messageID: String
    ) {
        self.from = from
        self.to = to
        self.cc = cc
        self.unixTime = unixTime
        self.messageID = messageID
    }

    /// The block that is put before the message, each line ended by CRLF. What could not be written safely is refused
    /// with the name that `MessageBuilder` has for it.
    package func build() throws(MessageBuilderError) -> [UInt8] { try MessageHeaderWriter(self).octets }
}
