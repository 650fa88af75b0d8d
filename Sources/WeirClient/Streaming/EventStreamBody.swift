import AsyncHTTPClient
import NIOCore
import WeirModel
import WeirWire

/// The messages of an answer that is an event stream.
///
/// No more is taken from the connection than the reader asks for: beside what the connection holds back there are never
/// more bytes here than those of one message and one piece.
struct EventStreamBody {
    private var pieces: HTTPClientResponse.Body.AsyncIterator
    private var decoder = EventStreamDecoder()

    init(_ body: HTTPClientResponse.Body) { pieces = body.makeAsyncIterator() }

    /// The next message; nil at the end. Throws `malformedResponse` when what came is no whole message of an event stream,
    /// and what is thrown when a connection is lost.
    mutating func next() async throws(ServiceError) -> EventStreamMessage? {
        while true {
            if let message = try decoded({ (decoder) throws(EventStreamError) in try decoder.next() }) {
                return message
            }
            guard let piece = try await nextPiece() else {
                try decoded { (decoder) throws(EventStreamError) in try decoder.finish() }
                return nil
            }
            decoder.append(piece)
        }
    }

    private mutating func decoded<Result>(
        _ body: (inout EventStreamDecoder) throws(EventStreamError) -> Result
    ) throws(ServiceError) -> Result {
        do {
            return try body(&decoder)
        } catch {
            throw ServiceError(.malformedResponse, "The event stream could not be read: \(error)", cause: error)
        }
    }

    private mutating func nextPiece() async throws(ServiceError) -> ByteBuffer? {
        do {
            return try await pieces.next()
        } catch {
            throw HTTPTransport.serviceError(error, isCancelled: Task.isCancelled)
        }
    }
}
