import NIOCore

extension ByteBuffer {
    /// Bytes of an answer that are written at a time: when they have left for the client, it is known to read.
    private static let partSizeInBytes = 256 << 10

    /// Takes the next part of an answer that is written part by part; nil when nothing is left.
    mutating func readPart() -> ByteBuffer? {
        guard readableBytes > Self.partSizeInBytes else {
            guard readableBytes > 0 else { return nil }
            defer { self = ByteBuffer() }
            return self
        }
        return readSlice(length: Self.partSizeInBytes)
    }
}
