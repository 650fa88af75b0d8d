import NIOCore
import WeirWire

/// The pieces of a body that have not left for the client, with what they count for in the server's memory: each is given
/// back when the last of its bytes has left. No I/O.
struct UnwrittenPieces {
    private var pieces = CircularBuffer<(bytes: Int, allowance: ReplyAllowance?)>()

    /// A piece was handed to the channel.
    mutating func append(_ piece: ReplyPiece) {
        pieces.append((piece.bytes.readableBytes, piece.allowance))
    }

    /// So many bytes have left, in order.
    mutating func written(bytes: Int) {
        var rest = bytes
        while let first = pieces.first, rest >= first.bytes {
            rest -= first.bytes
            pieces.removeFirst()
        }
        if !pieces.isEmpty { pieces[pieces.startIndex].bytes -= rest }
    }
}
