import NIOCore
import WeirBytes
import WeirModel

/// The blobs of a message while it is read, so that none needs memory of its own: a format that carries blobs as they are
/// has them in the body, and any other decodes them one behind the other into one buffer.
struct BlobScratch {
    /// Where a blob is.
    struct Place {
        fileprivate let range: Range<Int>
        fileprivate let isInBody: Bool
    }

    private let body: ByteBuffer
    private var decoded: ByteBuffer

    /// Room for what is decoded from `body`: so many bytes, or more.
    init(for body: ByteBuffer, decodedCapacity: Int) {
        self.body = body
        decoded = ByteBufferAllocator().buffer(capacity: decodedCapacity)
    }

    /// The place of a blob that stands at these readable bytes of the body.
    func place(inBody range: Range<Int>) -> Place {
        Place(range: body.readerIndex + range.lowerBound..<body.readerIndex + range.upperBound, isInBody: true)
    }

    /// Appends a blob with `write`, which gives the number of its bytes.
    mutating func decode<E: Error>(_ write: (inout ByteBuffer) throws(E) -> Int) throws(E) -> Place {
        let start = decoded.writerIndex
        let count = try write(&decoded)
        return Place(range: start..<start + count, isInBody: false)
    }

    /// The blob at a place. Only when all are read may it be asked for, since the blobs share the buffer.
    func blob(at place: Place?) -> ByteBuffer? {
        place.flatMap { ($0.isInBody ? body : decoded).getSlice(at: $0.range.lowerBound, length: $0.range.count) }
    }
}
