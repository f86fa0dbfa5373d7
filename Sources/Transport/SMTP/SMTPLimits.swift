/// How long a relay may take, and how much it may say. The times are those of RFC 5321 §4.5.3.2, which a relay may rely
/// on; a user who is waiting gets an answer much sooner from any relay that works.
package struct SMTPLimits: Sendable, Equatable {
    /// For name, TCP, greeting (§4.5.3.2.1: five minutes), TLS and AUTH together.
    package var open: Duration
    /// For each reply to MAIL, RCPT and RSET (§4.5.3.2.2, §4.5.3.2.3).
    package var command: Duration
    /// For the reply to DATA (§4.5.3.2.4).
    package var dataInitiation: Duration
    /// For each piece of the data to go out (§4.5.3.2.5).
    package var dataBlock: Duration
    /// For the reply to the end of the data (§4.5.3.2.6): ending this wait early makes duplicates (RFC 1047 §2).
    package var dataTermination: Duration
    /// How long an unused connection is kept. Relays close theirs after five minutes (§4.5.3.2.7).
    package var idle: Duration
    /// How many connections to one relay. Ours to choose: common limits are 10 and 20.
    package var connectionsMax: Int
    /// How many messages go over one connection. Ours to choose: common limits are 100 and up.
    package var messagesPerConnectionMax: Int
    /// Of one reply, all of its lines: RFC 5321 §4.5.3.1.5 has 512 for a line, and EHLO's have a few dozen lines.
    package var replyOctetsMax: Int

    package init(
        open: Duration = .seconds(60), command: Duration = .seconds(300), dataInitiation: Duration = .seconds(120),
        dataBlock: Duration = .seconds(180), dataTermination: Duration = .seconds(600), idle: Duration = .seconds(60),
        connectionsMax: Int = 4, messagesPerConnectionMax: Int = 1000, replyOctetsMax: Int = 64 << 10
    ) {
        self.open = open
        self.command = command
        self.dataInitiation = dataInitiation
        self.dataBlock = dataBlock
        self.dataTermination = dataTermination
        self.idle = idle
        self.connectionsMax = connectionsMax
        self.messagesPerConnectionMax = messagesPerConnectionMax
        self.replyOctetsMax = replyOctetsMax
    }
}
