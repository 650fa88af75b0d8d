/// The first half of a checkpoint in two phases: where the processor means to checkpoint next, and what it wants to know
/// of that when it does not come to the second half.
public struct PendingCheckpoint: Hashable, Sendable {
    /// Where the checkpoint is to go.
    public var checkpoint: LeaseCheckpoint
    /// What the processor notes about it; nil: nothing.
    public var state: [UInt8]?

    /// A pending checkpoint from its parts.
    public init(_ checkpoint: LeaseCheckpoint, state: [UInt8]? = nil) {
        self.checkpoint = checkpoint
        self.state = state
    }
}
