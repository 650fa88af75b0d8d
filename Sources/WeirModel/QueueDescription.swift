/// The states of a queue. Source: the service model of 2026 (`QueueStatus`).
public enum QueueStatus: String, Sendable, Codable {
    /// Being made: delivers nothing yet.
    case creating = "CREATING"
    /// Ready.
    case active = "ACTIVE"
    /// Being changed: it delivers records meanwhile.
    case updating = "UPDATING"
    /// Being deleted: delivers nothing any more.
    case deleting = "DELETING"
}

/// Where a queue begins to deliver records.
public enum QueueStart: Hashable, Sendable {
    /// With the oldest record that the stream has.
    case trimHorizon
    /// With the records that arrive after the queue was made.
    case latest
    /// With the records that arrived at that time or later.
    case atTimestamp(Timestamp)
}

/// How a queue delivers.
public struct QueueAttributes: Hashable, Sendable {
    /// Seconds for which a record that was received is not visible, unless the receive says otherwise.
    public var visibilityTimeoutSeconds: Int
    /// So often a record is received before it is a dead letter; nil where none becomes one.
    public var maximumReceiveCount: Int?

    /// Attributes; those that a queue has when none are asked for by default.
    public init(
        visibilityTimeoutSeconds: Int = Limits.defaultVisibilityTimeoutSeconds,
        maximumReceiveCount: Int? = Limits.defaultMaximumReceiveCount
    ) {
        self.visibilityTimeoutSeconds = visibilityTimeoutSeconds
        self.maximumReceiveCount = maximumReceiveCount
    }
}

/// A queue on a stream, as the store knows it.
public struct QueueDescription: Hashable, Sendable {
    /// Its number in the store: unique for ever.
    public var id: Int64
    /// What tells it apart in its ARN: generated, not derived from the name.
    public var resourceID: String
    /// The name, unique in its account and region.
    public var name: String
    /// When it was made.
    public var createdAt: Timestamp
    /// The state.
    public var status: QueueStatus
    /// The ID of the stream whose records it delivers.
    public var streamID: Int64
    /// The name of that stream.
    public var streamName: String
    /// When that stream was made.
    public var streamCreatedAt: Timestamp
    /// Where it began.
    public var start: QueueStart
    /// About when the first records arrived that it delivers.
    public var startsAt: Timestamp
    /// How it delivers.
    public var attributes: QueueAttributes
    /// The tags, by key.
    public var tags: [String: String]
    /// The policy that is attached to it; nil when there is none.
    public var policy: String?

    /// A queue from its parts.
    public init(
        id: Int64,
        resourceID: String,
        name: String,
        createdAt: Timestamp,
        status: QueueStatus = .active,
        streamID: Int64,
        streamName: String,
        streamCreatedAt: Timestamp,
        start: QueueStart,
        startsAt: Timestamp,
        attributes: QueueAttributes,
        tags: [String: String],
        policy: String? = nil
    ) {
        self.id = id
        self.resourceID = resourceID
        self.name = name
        self.createdAt = createdAt
        self.status = status
        self.streamID = streamID
        self.streamName = streamName
        self.streamCreatedAt = streamCreatedAt
        self.start = start
        self.startsAt = startsAt
        self.attributes = attributes
        self.tags = tags
        self.policy = policy
    }
}

extension QueueStart {
    /// Its name in the API.
    public var name: String {
        switch self {
        case .trimHorizon: "TRIM_HORIZON"
        case .latest: "LATEST"
        case .atTimestamp: "AT_TIMESTAMP"
        }
    }

    /// A start by its name in the API; nil when there is none of that name.
    public init?(name: String, at time: Timestamp) {
        switch name {
        case "TRIM_HORIZON": self = .trimHorizon
        case "LATEST": self = .latest
        case "AT_TIMESTAMP": self = .atTimestamp(time)
        default: return nil
        }
    }
}
