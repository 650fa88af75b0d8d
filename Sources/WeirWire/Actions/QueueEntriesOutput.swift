/// What became of the entries of a call.
public struct QueueEntriesOutput: WireMessage, Codable, Hashable {
    /// Those for which it was done.
    public var successful: [QueueResultEntry]
    /// Those for which it was not.
    public var failed: [QueueErrorEntry]

    /// An output from its members.
    public init(successful: [QueueResultEntry], failed: [QueueErrorEntry]) {
        self.successful = successful
        self.failed = failed
    }

    enum CodingKeys: String, CodingKey {
        case successful = "Successful"
        case failed = "Failed"
    }
}
