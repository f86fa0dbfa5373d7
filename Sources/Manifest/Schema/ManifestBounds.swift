/// The bounds of numbers in a manifest, each with its source; loader and JSON Schema share them.
enum ManifestBounds {
    /// RFC 2181 §8: 31 bits; 0 would mean "do not cache", which no record of ours wants.
    static let timeToLiveSeconds = 1...2_147_483_647
    /// Below this the rule DOM003 warns.
    static let timeToLiveAdvisedSeconds = 60
    /// `DNSSettings.attempts`.
    static let attempts = 1...10
    /// Our own: a plan is read by a person.
    static let deletions = 0...1_000_000
    /// Our own: a question that waits longer is no question.
    static let timeoutSeconds = 1...60
    /// RFC 1035 §3.3.9: 16 bits.
    static let preference = 0...65_535
    /// RFC 8461 §3.2.
    static let policyAgeSeconds = 1...31_557_600
    /// Our own: what one agent may send in an hour.
    static let messagesPerHour = 1...1_000_000
    /// RFC 5321 §4.5.3.1.8 has servers take at least 100 recipients; more than 1,000 is no agent's mail.
    static let recipientsPerMessage = 1...1_000
    /// RFC 1035 §2.3.4 less six digits for the selector's number.
    static let selectorPrefixOctets = 57
    /// RFC 1035 §4.2.1, which RFC 7208 §3.4 refers to.
    static let plainDatagramOctets = 512
    /// What the larger providers and resolvers' UDP buffers take.
    static let textRecordOctets = 4_096
    /// Our own: a duration is a rotation or a lifetime; a century is a typing error.
    static let durationSeconds = 3_153_600_000
}
