import NIOCore

/// The partition key and the data in the payload of a log's entry: see `docs/formats/record.md`.
public struct StoredRecordContent: Hashable, Sendable {
    /// The partition key as the client gave it.
    public var partitionKey: String
    /// The data.
    public var data: ByteBuffer

    /// Reads a payload; nil when it is not one that can be read without more.
    public init?(_ payload: ByteBuffer) {
        guard let (partitionKey, data) = RecordPayload.decode(payload) else { return nil }
        self.partitionKey = partitionKey
        self.data = data
    }
}
