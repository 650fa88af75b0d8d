/// The sequence numbers of a shard.
public struct SequenceNumberRange: Codable, Hashable, Sendable {
    /// Not greater than the first record's.
    public var startingSequenceNumber: String
    /// Of a closed shard: not smaller than the last record's.
    public var endingSequenceNumber: String?

    /// A value from its members.
    public init(startingSequenceNumber: String, endingSequenceNumber: String? = nil) {
        self.startingSequenceNumber = startingSequenceNumber
        self.endingSequenceNumber = endingSequenceNumber
    }

    enum CodingKeys: String, CodingKey {
        case startingSequenceNumber = "StartingSequenceNumber"
        case endingSequenceNumber = "EndingSequenceNumber"
    }
}
