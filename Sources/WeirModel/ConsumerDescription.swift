/// The states of a registered consumer. Source:
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ConsumerDescription.html
public enum ConsumerStatus: String, Sendable, Codable {
    /// Being made; reads nothing yet.
    case creating = "CREATING"
    /// Being deleted; reads nothing any more.
    case deleting = "DELETING"
    /// Ready.
    case active = "ACTIVE"
}

/// A consumer that is registered with a stream for enhanced fan-out, as the store knows it.
public struct ConsumerDescription: Hashable, Sendable {
    /// The name, unique in the stream.
    public var name: String
    /// When it was registered, in whole seconds: with the name, it tells the consumer from one registered again.
    public var createdAt: Timestamp
    /// The state.
    public var status: ConsumerStatus
    /// The tags, by key.
    public var tags: [String: String]

    /// A consumer from its parts.
    public init(name: String, createdAt: Timestamp, status: ConsumerStatus = .active, tags: [String: String] = [:]) {
        self.name = name
        self.createdAt = createdAt
        self.status = status
        self.tags = tags
    }

    /// The creation time as its ARN carries it: seconds since 1970.
    public var creationSecond: Int64 { createdAt.millisecondsSinceEpoch / 1000 }
}
