import NIOCore
import WeirModel
import WeirWire

/// Event streams: in pieces, with checksums mended so that what is behind them is reached too, and with a byte damaged.
///
/// The first byte of the input tells how it is cut, the rest is the stream.
public enum EventStreamTarget: FuzzTarget {
    public static let name = "EventStream"

    public static func check(_ input: ByteBuffer) throws(FuzzFinding) {
        var stream = input
        guard let cut = stream.readInteger(as: UInt8.self) else { return }
        try checkPieces(stream, size: Int(cut % 16) + 1)
        let mended = mended(stream)
        try checkPieces(mended, size: Int(cut) + 1)
        try checkMessage(stream, cut)
    }

    private struct Outcome: Equatable {
        var messages: [EventStreamMessage] = []
        var error: EventStreamError?
    }

    /// The stream is read the same in pieces as whole, and what is taken is written as it was.
    private static func checkPieces(_ stream: ByteBuffer, size: Int) throws(FuzzFinding) {
        let whole = read(stream, size: max(1, stream.readableBytes))
        let pieces = read(stream, size: size)
        try require(whole == pieces, "whole: \(whole), in pieces of \(size): \(pieces)")
        var written = ByteBuffer()
        for message in whole.messages {
            written.writeEventStreamMessage(headers: message.headers) { $0.writeImmutableBuffer(message.payload) }
            for format in [WireFormat.json, .cbor] {
                // It throws its one type of errors, or gives a message.
                _ = try? SubscriptionMessage(message, format: format)
            }
        }
        try require(
            stream.readableBytesView.starts(with: written.readableBytesView),
            "\(whole.messages) are written otherwise than they were read"
        )
        if whole.error == nil {
            try require(written.readableBytes == stream.readableBytes, "no error, but not all was read")
        }
    }

    private static func read(_ stream: ByteBuffer, size: Int) -> Outcome {
        var stream = stream
        var decoder = EventStreamDecoder()
        var outcome = Outcome()
        do throws(EventStreamError) {
            while stream.readableBytes > 0 {
                guard let piece = stream.readSlice(length: min(size, stream.readableBytes)) else { break }
                decoder.append(piece)
                while let message = try decoder.next() { outcome.messages.append(message) }
            }
            try decoder.finish()
        } catch {
            outcome.error = error
        }
        return outcome
    }

    /// The stream with the length of its first message and the checksums set right.
    private static func mended(_ stream: ByteBuffer) -> ByteBuffer {
        let overhead = 16
        guard stream.readableBytes >= overhead else { return stream }
        var bytes = Array(stream.readableBytesView)
        func put(_ number: UInt32, at index: Int) {
            for place in 0..<4 { bytes[index + place] = UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * place)) }
        }
        put(UInt32(bytes.count), at: 0)
        // Of the length of the headers the low bits, within the message.
        let headers = (Int(bytes[6]) << 8 | Int(bytes[7])) % (bytes.count - overhead + 1)
        put(UInt32(headers), at: 4)
        put(referenceChecksum(bytes[0..<8]), at: 8)
        put(referenceChecksum(bytes[..<(bytes.count - 4)]), at: bytes.count - 4)
        return ByteBuffer(bytes: bytes)
    }

    /// CRC-32 bit by bit, to compare with. Source: https://www.w3.org/TR/png/#D-CRCAppendix
    private static func referenceChecksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var rest = UInt32.max
        for byte in bytes {
            rest ^= UInt32(byte)
            for _ in 0..<8 { rest = rest & 1 == 0 ? rest >> 1 : rest >> 1 ^ 0xEDB8_8320 }
        }
        return ~rest
    }

    /// A message with these bytes as payload and header is read back, and refused when any of its bytes is another.
    private static func checkMessage(_ content: ByteBuffer, _ place: UInt8) throws(FuzzFinding) {
        let headers = [
            EventStreamHeader(":message-type", "event"), EventStreamHeader("content", .bytes(content)),
            EventStreamHeader("length", .long(Int64(content.readableBytes))),
        ]
        guard content.readableBytes <= Int(UInt16.max) else { return }
        var stream = ByteBuffer()
        stream.writeEventStreamMessage(headers: headers) { $0.writeImmutableBuffer(content) }
        let message = EventStreamMessage(headers: headers, payload: content)
        let outcome = read(stream, size: stream.readableBytes)
        try require(outcome == Outcome(messages: [message]), "\(message) is read back as \(outcome)")

        // A piece of the content tells which byte is damaged, and how.
        let index = (Int(place) << 4 | (content.readableBytesView.first.map(Int.init) ?? 0)) % stream.readableBytes
        let damage = content.readableBytesView.last.map { $0 == 0 ? 1 : $0 } ?? 0x80
        let start = stream.readerIndex
        guard let byte = stream.getInteger(at: start + index, as: UInt8.self) else { return }
        stream.setInteger(byte ^ damage, at: start + index)
        let damaged = read(stream, size: stream.readableBytes)
        try require(damaged.messages.isEmpty && damaged.error != nil, "byte \(index) was damaged: \(damaged)")
    }
}
