import NIOCore
import WeirModel

/// What is wrong with the bytes of an event stream.
public enum EventStreamError: Error, Hashable, Sendable {
    /// The checksum of the lengths does not match: this is no event stream, or it was damaged.
    case preludeChecksumMismatch
    /// The checksum of a message does not match.
    case checksumMismatch
    /// The lengths contradict each other.
    case malformedLengths
    /// A message, or its headers, are longer than is taken.
    case tooLong(Int)
    /// The headers cannot be read.
    case malformedHeaders
    /// The body ended in the middle of a message.
    case truncated
}

/// Reads messages from the pieces of an event-stream body, however they are cut.
///
/// It holds no more than what was given and not read yet; a message that is longer than the limit is refused as soon as its
/// length is known. After an error nothing more can be read.
public struct EventStreamDecoder: Sendable {
    private let maximumMessageSize: Int
    private var buffer = ByteBuffer()

    /// A decoder of messages of at most so many bytes.
    public init(maximumMessageSize: Int = Limits.maximumEventStreamMessageSizeInBytes) {
        self.maximumMessageSize = maximumMessageSize
    }

    /// Takes in the next piece of the body.
    public mutating func append(_ piece: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = piece
        } else {
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(piece)
        }
    }

    /// The next message; nil when it is not there as a whole yet.
    public mutating func next() throws(EventStreamError) -> EventStreamMessage? {
        guard buffer.readableBytes >= EventStreamMessage.preludeSize else { return nil }
        let start = buffer.readerIndex
        guard let size = buffer.getInteger(at: start, as: UInt32.self).map(Int.init),
            let headerSize = buffer.getInteger(at: start + 4, as: UInt32.self).map(Int.init),
            let checksum = buffer.getInteger(at: start + 8, as: UInt32.self)
        else { return nil }
        guard checksum == buffer.checksum(at: start, length: 8) else { throw .preludeChecksumMismatch }
        guard size >= headerSize + EventStreamMessage.overhead else { throw .malformedLengths }
        guard size <= maximumMessageSize else { throw .tooLong(size) }
        guard headerSize <= Limits.maximumEventStreamHeaderSizeInBytes else { throw .tooLong(headerSize) }
        guard buffer.readableBytes >= size else {
            // One allocation for all of it, instead of one each time it doubles.
            buffer.reserveCapacity(minimumWritableBytes: size - buffer.readableBytes)
            return nil
        }
        guard buffer.getInteger(at: start + size - 4, as: UInt32.self) == buffer.checksum(at: start, length: size - 4)
        else { throw .checksumMismatch }
        guard var message = buffer.readSlice(length: size) else { return nil }
        message.moveReaderIndex(forwardBy: EventStreamMessage.preludeSize)
        let headers = try readHeaders(message.readSlice(length: headerSize) ?? ByteBuffer())
        return EventStreamMessage(
            headers: headers,
            payload: message.readSlice(length: message.readableBytes - 4) ?? ByteBuffer()
        )
    }

    /// The body has ended. Throws when that was in the middle of a message.
    public func finish() throws(EventStreamError) {
        guard buffer.readableBytes == 0 else { throw .truncated }
    }

    private func readHeaders(_ bytes: ByteBuffer) throws(EventStreamError) -> [EventStreamHeader] {
        var bytes = bytes
        var headers: [EventStreamHeader] = []
        while bytes.readableBytes > 0 {
            guard let header = EventStreamHeader(from: &bytes) else { throw .malformedHeaders }
            headers.append(header)
        }
        return headers
    }
}
