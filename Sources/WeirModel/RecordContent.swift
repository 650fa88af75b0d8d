import NIOCore

/// What a record that is put has of data and partition key. Where both came with a request they are places in one buffer, the
/// only owner that the record has: no text is made for the key unless somebody asks for one. A caller of the library gives
/// the key as a text.
public struct RecordContent: Sendable {
    /// A place in the readable bytes of the buffer.
    @usableFromInline
    struct Place: BitwiseCopyable, Sendable {
        @usableFromInline let start: UInt32
        @usableFromInline let size: UInt32

        /// A buffer has no more than 2³² bytes, so that every place in one fits.
        init(_ range: Range<Int>) {
            start = UInt32(range.lowerBound)
            size = UInt32(range.count)
        }

        @inlinable var range: Range<Int> { Int(start)..<Int(start) + Int(size) }
    }

    @usableFromInline
    enum Key: Sendable {
        case absent
        case place(Place)
        case text(String)
    }

    @usableFromInline private(set) var buffer: ByteBuffer
    @usableFromInline private(set) var dataPlace: Place?
    @usableFromInline private(set) var key: Key

    /// Data and a partition key; either may be absent.
    public init(data: ByteBuffer? = nil, partitionKey: String? = nil) {
        buffer = data ?? ByteBuffer()
        dataPlace = data.map { Place(0..<$0.readableBytes) }
        key = partitionKey.map(Key.text) ?? .absent
    }

    /// Data and a partition key that lie in the readable bytes of a buffer, in any order; either may be absent. The key is
    /// valid UTF-8.
    package init(in buffer: ByteBuffer, data: Range<Int>?, partitionKey: Range<Int>?) {
        self.buffer = buffer
        dataPlace = data.map(Place.init)
        key = partitionKey.map { .place(Place($0)) } ?? .absent
    }

    /// The data, in the buffer where it lies.
    public var data: ByteBuffer? {
        get {
            guard let place = dataPlace else { return nil }
            return buffer.getSlice(at: buffer.readerIndex + Int(place.start), length: Int(place.size))
        }
        set { self = RecordContent(data: newValue, partitionKey: partitionKey) }
    }

    /// The partition key, made a text.
    public var partitionKey: String? {
        get {
            switch key {
            case .absent: nil
            case .place: withPartitionKeyBytes { String(decoding: $0, as: UTF8.self) }
            case .text(let text): text
            }
        }
        set { key = newValue.map(Key.text) ?? .absent }
    }

    /// Bytes of the data.
    @inlinable
    public var dataSize: Int? { dataPlace.map { Int($0.size) } }

    /// Bytes of the partition key in UTF-8.
    @inlinable
    public var partitionKeySize: Int? {
        switch key {
        case .absent: nil
        case .place(let place): Int(place.size)
        case .text(let text): text.utf8.count
        }
    }

    /// Bytes of both together.
    @inlinable
    public var size: Int { (dataSize ?? 0) + (partitionKeySize ?? 0) }

    /// Calls `body` with the partition key in UTF-8; with no bytes where it is absent.
    @inlinable
    public func withPartitionKeyBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch key {
        case .absent: return body(UnsafeRawBufferPointer(start: nil, count: 0))
        case .place(let place):
            return buffer.withUnsafeReadableBytes { body(UnsafeRawBufferPointer(rebasing: $0[place.range])) }
        case .text(var text): return text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
        }
    }

    /// Calls `body` with the data; with no bytes where it is absent.
    @inlinable
    public func withDataBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        buffer.withUnsafeReadableBytes { bytes in
            body(UnsafeRawBufferPointer(rebasing: bytes[dataPlace?.range ?? 0..<0]))
        }
    }
}

/// Equal are contents of the same data and key, wherever these lie.
extension RecordContent: Hashable {
    public static func == (left: RecordContent, right: RecordContent) -> Bool {
        left.data == right.data && left.partitionKey == right.partitionKey
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(data)
        hasher.combine(partitionKey)
    }
}
