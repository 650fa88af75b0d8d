/// Where partition key and data are in some bytes: the data follows the key.
struct RecordContentPlace: Equatable {
    /// Where the key begins.
    var start: Int
    /// Bytes of the key.
    var partitionKeySize: Int
    /// Bytes of the data.
    var dataSize: Int

    /// The place behind a key's length, a big-endian 16-bit number that stands before `start`, up to the end; nil when the bytes
    /// are too few.
    init?(in bytes: UnsafeRawBufferPointer, start: Int) {
        guard start <= bytes.count else { return nil }
        self.start = start
        partitionKeySize = Int(bytes[start - 2]) << 8 + Int(bytes[start - 1])
        dataSize = bytes.count - start - partitionKeySize
        guard dataSize >= 0 else { return nil }
    }
}
