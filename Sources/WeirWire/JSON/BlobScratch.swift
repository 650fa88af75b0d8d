import NIOCore
import WeirBytes
import WeirModel

/// The blobs of a message, decoded one behind the other into one buffer, so that none needs memory of its own.
struct BlobScratch {
    private var bytes: ByteBuffer

    /// Room for all the blobs that the body can hold.
    init(for body: ByteBuffer) {
        bytes = ByteBufferAllocator().buffer(capacity: body.readableBytes / 4 * 3)
    }

    /// Takes a blob from the scanner, and gives its place; nil for a null.
    mutating func read(_ scanner: inout JSONScanner) throws(ServiceError) -> Range<Int>? {
        let start = bytes.writerIndex
        guard let count = try scanner.readBlobMember(into: &bytes) else { return nil }
        return start..<start + count
    }

    /// The blob at a place that ``read(_:)`` gave.
    func blob(at place: Range<Int>?) -> ByteBuffer? {
        place.flatMap { bytes.getSlice(at: $0.lowerBound, length: $0.count) }
    }
}
