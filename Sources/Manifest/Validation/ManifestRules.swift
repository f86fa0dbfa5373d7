import Diagnostics

/// Everything that is checked once a manifest has been read: one rule, one file.
///
/// A rule looks at the typed values and reports at the nodes behind them. What many domains inherit is checked once, at
/// the place under `defaults`: a hundred thousand domains must not cost a hundred thousand checks, nor findings.
enum ManifestRules {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        ProviderRule.check(draft, &sink)
        ParkedDomainRule.check(draft, &sink)
        TimeToLiveRule.check(draft, &sink)
        NameLengthRule.check(draft, &sink)
        RecordSizeRule.check(draft, &sink)
        MissingSPFRule.check(draft, &sink)
        SPFTermsRule.check(draft, &sink)
        SPFSizeRule.check(draft, &sink)
        EgressRule.check(draft, &sink)
        DKIMRule.check(draft, &sink)
        DMARCPolicyRule.check(draft, &sink)
        ForeignReportsRule.check(draft, &sink)
        ExchangerRule.check(draft, &sink)
        MTASTSRule.check(draft, &sink)
        BIMIRule.check(draft, &sink)
        AgentDomainRule.check(draft, &sink)
        AgentAddressRule.check(draft, &sink)
        AgentOversightRule.check(draft, &sink)
        AgentKeyRule.check(draft, &sink)
        AgentModelRule.check(draft, &sink)
        ApproverRule.check(draft, &sink)
    }
}
