import WeirModel
import WeirWire

/// What tells dead letters apart.
public struct DeadLetterID: Hashable, Sendable {
    /// The stream of the record.
    public let stream: String
    /// The shard of the record.
    public let shardID: String
    /// The record's number.
    public let sequenceNumber: String
    /// The record's place inside an aggregated record.
    public let subSequenceNumber: Int64
    /// When a worker gave the record up. It may be given up more than once.
    public let failedAt: Timestamp
}

extension DeadLetter {
    /// What tells the letter apart from others.
    public var id: DeadLetterID {
        DeadLetterID(
            stream: stream,
            shardID: shardID,
            sequenceNumber: sequenceNumber,
            subSequenceNumber: subSequenceNumber,
            failedAt: failedAt
        )
    }
}

/// Says in a dead letter stream that a letter in it was dealt with: records of a stream cannot be removed.
struct DeadLetterReceipt: Hashable {
    /// What was done.
    enum Deed: String, Codable {
        /// The record was put again.
        case redriven
        /// The letter is of no interest any more.
        case purged
    }

    let deed: Deed
    let letter: DeadLetterID
    let doneAt: Timestamp

    init(_ deed: Deed, _ letter: DeadLetterID, at doneAt: Timestamp) {
        self.deed = deed
        self.letter = letter
        self.doneAt = doneAt
    }
}

extension DeadLetterReceipt: WireMessage, Codable {
    enum CodingKeys: String, CodingKey {
        case deed = "handled"
        case stream
        case shardID = "shardId"
        case sequenceNumber
        case subSequenceNumber
        case failedAt
        case doneAt = "handledAt"
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        func time(_ key: CodingKeys) throws -> Timestamp {
            guard let time = Timestamp(iso8601: try members.decode(String.self, forKey: key)) else {
                throw DecodingError.dataCorruptedError(forKey: key, in: members, debugDescription: "No time")
            }
            return time
        }
        deed = try members.decode(Deed.self, forKey: .deed)
        letter = DeadLetterID(
            stream: try members.decode(String.self, forKey: .stream),
            shardID: try members.decode(String.self, forKey: .shardID),
            sequenceNumber: try members.decode(String.self, forKey: .sequenceNumber),
            subSequenceNumber: try members.decodeIfPresent(Int64.self, forKey: .subSequenceNumber) ?? 0,
            failedAt: try time(.failedAt)
        )
        doneAt = try time(.doneAt)
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(deed, forKey: .deed)
        try members.encode(letter.stream, forKey: .stream)
        try members.encode(letter.shardID, forKey: .shardID)
        try members.encode(letter.sequenceNumber, forKey: .sequenceNumber)
        if letter.subSequenceNumber != 0 { try members.encode(letter.subSequenceNumber, forKey: .subSequenceNumber) }
        try members.encode(letter.failedAt.iso8601, forKey: .failedAt)
        try members.encode(doneAt.iso8601, forKey: .doneAt)
    }
}
