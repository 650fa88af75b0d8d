import WeirModel

/// Where a subscription begins.
public struct StartingPositionShape: Codable, Hashable, Sendable {
    /// `AT_SEQUENCE_NUMBER`, `AFTER_SEQUENCE_NUMBER`, `TRIM_HORIZON`, `LATEST` or `AT_TIMESTAMP`.
    public var type: String?
    /// With the two types that name a number.
    public var sequenceNumber: String?
    /// With `AT_TIMESTAMP`.
    public var timestamp: Timestamp?

    /// A value from its members.
    public init(type: String? = nil, sequenceNumber: String? = nil, timestamp: Timestamp? = nil) {
        self.type = type
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
    }

    enum CodingKeys: String, CodingKey {
        case type = "Type"
        case sequenceNumber = "SequenceNumber"
        case timestamp = "Timestamp"
    }
}
