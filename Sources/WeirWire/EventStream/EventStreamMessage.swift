import NIOCore
import WeirBytes

/// A message of an `application/vnd.amazon.eventstream` body.
///
/// On the wire: its length, the length of its headers and a checksum of these two, the headers, the payload, and a
/// checksum of all that. Source: https://smithy.io/2.0/aws/amazon-eventstream.html
public struct EventStreamMessage: Hashable, Sendable {
    /// The content type of a body of such messages.
    public static let contentType = "application/vnd.amazon.eventstream"

    /// The headers, in their order.
    public var headers: [EventStreamHeader]
    /// The payload.
    public var payload: ByteBuffer

    /// A message from its parts.
    public init(headers: [EventStreamHeader], payload: ByteBuffer = ByteBuffer()) {
        self.headers = headers
        self.payload = payload
    }

    /// The text of a header; nil when it is not there, or no text.
    public func text(_ name: String) -> String? {
        guard case .string(let text)? = headers.first(where: { $0.name == name })?.value else { return nil }
        return text
    }

    /// Bytes before the headers: two lengths and their checksum.
    static let preludeSize = 12
    /// Bytes that a message has beside its headers and its payload.
    static let overhead = preludeSize + 4
}

extension ByteBuffer {
    /// Appends a message. What `writePayload` appends becomes its payload: it is written once and not copied.
    public mutating func writeEventStreamMessage(
        headers: [EventStreamHeader],
        _ writePayload: (inout ByteBuffer) -> Void
    ) {
        let start = writerIndex
        writeRepeatingByte(0, count: EventStreamMessage.preludeSize)
        for header in headers { header.write(to: &self) }
        let headerSize = writerIndex - start - EventStreamMessage.preludeSize
        writePayload(&self)
        setInteger(UInt32(clamping: writerIndex - start + 4), at: start)
        setInteger(UInt32(clamping: headerSize), at: start + 4)
        setInteger(checksum(at: start, length: 8), at: start + 8)
        writeInteger(checksum(at: start, length: writerIndex - start))
    }

    /// The checksum of some bytes that are there.
    func checksum(at index: Int, length: Int) -> UInt32 {
        withVeryUnsafeBytes { CRC32.checksum(UnsafeRawBufferPointer(rebasing: $0[index..<index + length])) }
    }
}
