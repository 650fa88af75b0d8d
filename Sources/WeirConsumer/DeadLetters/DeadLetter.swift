import NIOCore
import WeirModel
import WeirWire

/// A record that a handler could not process, with what is needed to understand it and to put it again.
///
/// In the dead letter stream it is a JSON object with the members of ``CodingKeys``; the data is in base64.
public struct DeadLetter: Hashable, Sendable {
    /// The application whose handler failed.
    public var application: String
    /// The stream of the record.
    public var stream: String
    /// The shard of the record.
    public var shardID: String
    /// The record's number.
    public var sequenceNumber: String
    /// The record's place inside an aggregated record; 0 for a plain one.
    public var subSequenceNumber: Int64
    /// The record's partition key.
    public var partitionKey: String
    /// The hash key that its producer named inside an aggregated record.
    public var explicitHashKey: String?
    /// The record's data.
    public var data: ByteBuffer
    /// When the service took the record.
    public var approximateArrival: Timestamp?
    /// How often the handler got the record.
    public var attempts: Int
    /// What the handler threw first.
    public var firstError: String
    /// What the handler threw last.
    public var lastError: String
    /// The worker.
    public var workerID: String
    /// When the worker gave the record up.
    public var failedAt: Timestamp
    /// The number of this part of the data, from 1, and of all parts, when the record is too large for one letter.
    public var part: Part?

    /// A part of the data of a record: base64 makes a large record larger than a record may be.
    public struct Part: Codable, Hashable, Sendable {
        /// From 1.
        public var number: Int
        /// How many there are.
        public var count: Int

        enum CodingKeys: String, CodingKey {
            case number
            case count
        }
    }

    /// A dead letter from its parts.
    public init(
        application: String,
        stream: String,
        record: ConsumerRecord,
        attempts: Int,
        firstError: String,
        lastError: String,
        workerID: String,
        failedAt: Timestamp
    ) {
        self.application = application
        self.stream = stream
        shardID = record.shardID
        sequenceNumber = record.sequenceNumber
        subSequenceNumber = record.subSequenceNumber
        partitionKey = record.partitionKey
        explicitHashKey = record.explicitHashKey
        data = record.data
        approximateArrival = record.approximateArrival
        self.attempts = attempts
        self.firstError = Self.limited(firstError)
        self.lastError = Self.limited(lastError)
        self.workerID = workerID
        self.failedAt = failedAt
    }

    /// A dead letter from the data of a record of the dead letter stream. Throws `serialization` when it is none.
    public init(decoding data: ByteBuffer) throws(ServiceError) {
        try self.init(wire: data, format: .json)
    }

    /// The letter as the data of a record of the dead letter stream.
    public var encoded: ByteBuffer {
        var body = ByteBuffer()
        write(to: &body, format: .json)
        return body
    }

    /// The letter cut into parts that each fit into a record; itself when it fits.
    public var parts: [DeadLetter] {
        let size = Limits.maximumDeadLetterPartSizeInBytes
        guard data.readableBytes > size else { return [self] }
        let count = (data.readableBytes + size - 1) / size
        return (0..<count).map { index in
            var letter = self
            let length = min(size, data.readableBytes - index * size)
            letter.data = data.getSlice(at: data.readerIndex + index * size, length: length) ?? ByteBuffer()
            letter.part = Part(number: index + 1, count: count)
            return letter
        }
    }

    /// Errors are written by handlers and may be of any length; the letter has to fit into a record.
    private static func limited(_ text: String) -> String {
        let limit = Limits.maximumDeadLetterErrorSizeInBytes
        guard text.utf8.count > limit else { return text }
        return String(decoding: text.utf8.prefix(limit), as: UTF8.self)
    }
}

extension DeadLetter: WireMessage, Codable {
    /// The members of the JSON object.
    enum CodingKeys: String, CodingKey {
        case application
        case stream
        case shardID = "shardId"
        case sequenceNumber
        case subSequenceNumber
        case partitionKey
        case explicitHashKey
        case data
        case approximateArrival = "approximateArrivalTimestamp"
        case attempts
        case firstError
        case lastError
        case workerID = "worker"
        case failedAt
        case part
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        application = try members.decode(String.self, forKey: .application)
        stream = try members.decode(String.self, forKey: .stream)
        shardID = try members.decode(String.self, forKey: .shardID)
        sequenceNumber = try members.decode(String.self, forKey: .sequenceNumber)
        subSequenceNumber = try members.decodeIfPresent(Int64.self, forKey: .subSequenceNumber) ?? 0
        partitionKey = try members.decode(String.self, forKey: .partitionKey)
        explicitHashKey = try members.decodeIfPresent(String.self, forKey: .explicitHashKey)
        data = try members.decode(ByteBuffer.self, forKey: .data)
        approximateArrival = try members.decodeTime(.approximateArrival)
        attempts = try members.decode(Int.self, forKey: .attempts)
        firstError = try members.decode(String.self, forKey: .firstError)
        lastError = try members.decode(String.self, forKey: .lastError)
        workerID = try members.decode(String.self, forKey: .workerID)
        guard let failedAt = try members.decodeTime(.failedAt) else {
            throw DecodingError.valueNotFound(
                Timestamp.self,
                .init(codingPath: members.codingPath, debugDescription: "failedAt is missing")
            )
        }
        self.failedAt = failedAt
        part = try members.decodeIfPresent(Part.self, forKey: .part)
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(application, forKey: .application)
        try members.encode(stream, forKey: .stream)
        try members.encode(shardID, forKey: .shardID)
        try members.encode(sequenceNumber, forKey: .sequenceNumber)
        if subSequenceNumber != 0 { try members.encode(subSequenceNumber, forKey: .subSequenceNumber) }
        try members.encode(partitionKey, forKey: .partitionKey)
        try members.encodeIfPresent(explicitHashKey, forKey: .explicitHashKey)
        try members.encode(data, forKey: .data)
        try members.encodeIfPresent(approximateArrival?.iso8601, forKey: .approximateArrival)
        try members.encode(attempts, forKey: .attempts)
        try members.encode(firstError, forKey: .firstError)
        try members.encode(lastError, forKey: .lastError)
        try members.encode(workerID, forKey: .workerID)
        try members.encode(failedAt.iso8601, forKey: .failedAt)
        try members.encodeIfPresent(part, forKey: .part)
    }
}

extension KeyedDecodingContainer<DeadLetter.CodingKeys> {
    fileprivate func decodeTime(_ key: DeadLetter.CodingKeys) throws -> Timestamp? {
        guard let text = try decodeIfPresent(String.self, forKey: key) else { return nil }
        guard let time = Timestamp(iso8601: text) else {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "No time: \(text)")
        }
        return time
    }
}
