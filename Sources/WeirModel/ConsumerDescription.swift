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
    /// What tells consumers of a stream apart, also from those that had the name before.
    public struct ID: Hashable, Sendable {
        let name: String
        let createdAt: Timestamp
    }

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

    /// What tells the consumer apart from others of its stream.
    public var id: ID { ID(name: name, createdAt: createdAt) }

    /// `NAME:SECOND`, as its ARN ends: what its policy is attached to.
    public var policyName: String { "\(name):\(creationSecond)" }

    /// The creation time as its ARN carries it: seconds since 1970.
    public var creationSecond: Int64 { createdAt.millisecondsSinceEpoch / 1000 }
}
