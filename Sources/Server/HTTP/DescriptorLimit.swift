import Glibc

/// What the system lets this process have of descriptors (getrlimit(2)). A server that has used them up can neither read its
/// manifest nor write down a message, and asks again and again for the connection that it cannot take.
enum DescriptorLimit {
    /// For the state, DNS, relays and files, whatever comes from outside.
    private static let reserved = 192
    /// Even where less than `reserved` is allowed in all.
    private static let connectionsMin = 16
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

    /// Raises the limit as far as it may be and is needed, and returns how many connections fit below it.
    static func connections(max: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return connectionsMin }
        let wanted = rlim_t(max + reserved)
        if limit.rlim_cur < wanted {
            var raised = limit
            raised.rlim_cur = min(wanted, limit.rlim_max)
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return min(max, Swift.max(connectionsMin, Int(clamping: limit.rlim_cur) - reserved))
    }
}
