/// Which limits on rates a server enforces, beside those on sizes and counts, which always hold.
public enum LimitEnforcement: String, Hashable, Sendable, CaseIterable {
    /// None: calls are as fast as the machine.
    case off
    /// Those of Amazon Kinesis, so that what an application does when it is throttled can be tested: throughput a shard,
    /// and calls a second of the control actions.
    case aws
}
