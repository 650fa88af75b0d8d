/// What to receive.
public struct QueueReceiveInput: WireMessage, Codable, Hashable {
    /// The ARN of the queue.
    public var queueARN: String?
    /// Records, at most: 1 to 10, the default.
    public var limit: Int?
    /// Seconds to wait for a record: 1 to 20; 9 when absent.
    public var waitTimeSeconds: Int?
    /// Seconds for which the records are not visible then; absent for what the queue says.
    public var visibilityTimeoutSeconds: Int?

    /// An input from its members.
    public init(
        queueARN: String? = nil,
        limit: Int? = nil,
        waitTimeSeconds: Int? = nil,
        visibilityTimeoutSeconds: Int? = nil
    ) {
        self.queueARN = queueARN
        self.limit = limit
        self.waitTimeSeconds = waitTimeSeconds
        self.visibilityTimeoutSeconds = visibilityTimeoutSeconds
    }

    enum CodingKeys: String, CodingKey {
        case queueARN = "QueueARN"
        case limit = "Limit"
        case waitTimeSeconds = "WaitTimeSeconds"
        case visibilityTimeoutSeconds = "VisibilityTimeoutSeconds"
    }
}
