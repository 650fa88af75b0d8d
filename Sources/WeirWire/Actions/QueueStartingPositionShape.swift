import WeirModel

/// Where a queue begins to deliver records.
public struct QueueStartingPositionShape: Codable, Hashable, Sendable {
    /// `LATEST`, `TRIM_HORIZON` or `AT_TIMESTAMP`.
    public var type: String?
    /// With `AT_TIMESTAMP`; in an answer, about when the first records arrived that the queue delivers.
    public var timestamp: Timestamp?

    /// A value from its members.
    public init(type: String? = nil, timestamp: Timestamp? = nil) {
        self.type = type
        self.timestamp = timestamp
    }

    enum CodingKeys: String, CodingKey {
        case type = "Type"
        case timestamp = "Timestamp"
    }
}
