import NIOCore
import WeirBytes
import WeirModel

/// The blobs of a message while it is read, so that none needs memory of its own: a format that carries blobs as they are
/// has them in the body, and any other decodes them one behind the other into one buffer. So do texts that are kept as bytes.
struct BlobScratch {
    /// Where a blob is: in the readable bytes of the body, or in what is decoded.
    struct Place: BitwiseCopyable {
        fileprivate let start: UInt32
        fileprivate let size: UInt32
        fileprivate let isInBody: Bool

        fileprivate init(_ range: Range<Int>, isInBody: Bool) {
            start = UInt32(range.lowerBound)
            size = UInt32(range.count)
            self.isInBody = isInBody
        }

        fileprivate var range: Range<Int> { Int(start)..<Int(start) + Int(size) }
    }

    /// Where the data and the partition key of a record are; nil where the record has none.
    struct ContentPlace: BitwiseCopyable {
        var data: Place?
        var partitionKey: Place?

        /// Whether one is in the body and the other is not.
        fileprivate var isDivided: Bool {
            guard let data, let partitionKey else { return false }
            return data.isInBody != partitionKey.isInBody
        }

        /// Bytes of the one that is in the body, when the other is not.
        fileprivate var sizeToCopy: Int {
            guard isDivided, let place = data?.isInBody == true ? data : partitionKey else { return 0 }
            return Int(place.size)
        }
    }

    private let body: ByteBuffer
    private var decoded: ByteBuffer

    /// Room for what is decoded from `body`: so many bytes, or more.
    init(for body: ByteBuffer, decodedCapacity: Int) {
        self.body = body
        decoded = ByteBufferAllocator().buffer(capacity: decodedCapacity)
    }

    /// The place of a blob that stands at these readable bytes of the body.
    func place(inBody range: Range<Int>) -> Place { Place(range, isInBody: true) }

    /// Appends a blob with `write`, which gives the number of its bytes.
    mutating func decode<E: Error>(_ write: (inout ByteBuffer) throws(E) -> Int) throws(E) -> Place {
        let start = decoded.writerIndex
        let count = try write(&decoded)
        return Place(start..<start + count, isInBody: false)
    }

    /// The blob at a place. Only when all are read may it be asked for, since the blobs share the buffer.
    func blob(at place: Place?) -> ByteBuffer? {
        place.flatMap { place in
            let buffer = place.isInBody ? body : decoded
            return buffer.getSlice(at: buffer.readerIndex + Int(place.start), length: Int(place.size))
        }
    }

    // MARK: Contents of records

    /// Sees to it that data and partition key of each record lie in one buffer, behind all that is decoded: of a JSON body the
    /// keys are still in the body. To be called when all is read.
    mutating func bringTogether(_ places: inout [ContentPlace]) {
        decoded.reserveCapacity(minimumWritableBytes: places.reduce(0) { $0 + $1.sizeToCopy })
        for index in places.indices where places[index].isDivided {
            places[index].data = places[index].data.map { decodedPlace($0) }
            places[index].partitionKey = places[index].partitionKey.map { decodedPlace($0) }
        }
    }

    /// The content at places that were brought together.
    func content(at place: ContentPlace) -> RecordContent {
        let isInBody = (place.data ?? place.partitionKey)?.isInBody ?? false
        return RecordContent(
            in: isInBody ? body : decoded,
            data: place.data?.range,
            partitionKey: place.partitionKey?.range
        )
    }

    /// The place of a copy behind what is decoded, where the blob is in the body.
    private mutating func decodedPlace(_ place: Place) -> Place {
        guard place.isInBody else { return place }
        let body = body
        return decode { decoded in
            body.withUnsafeReadableBytes { decoded.writeBytes(UnsafeRawBufferPointer(rebasing: $0[place.range])) }
        }
    }
}
