import NIOCore

/// A record as a shard holds it.
public struct StoredRecord: Sendable {
    /// Its number.
    public var sequenceNumber: SequenceNumber
    /// The partition key as the client gave it.
    public var partitionKey: String
    /// The data.
    public var data: ByteBuffer
    /// When the server took it.
    public var approximateArrival: Timestamp
    /// Whether it is encrypted on disk.
    public var isEncrypted: Bool

    /// A record from its parts.
    public init(
        sequenceNumber: SequenceNumber,
        partitionKey: String,
        data: ByteBuffer,
        approximateArrival: Timestamp,
        isEncrypted: Bool = false
    ) {
        self.sequenceNumber = sequenceNumber
        self.partitionKey = partitionKey
        self.data = data
        self.approximateArrival = approximateArrival
        self.isEncrypted = isEncrypted
    }
}
