import AsyncHTTPClient
import NIOCore
import WeirModel
import WeirWire

/// The messages of one answer to WatchTable.
struct TableWatchConnection {
    private var pieces: HTTPClientResponse.Body.AsyncIterator
    private var decoder = EventStreamDecoder()

    init(_ body: HTTPClientResponse.Body) { pieces = body.makeAsyncIterator() }

    /// The next message that is known; nil at the end.
    mutating func next() async throws(ServiceError) -> TableWatchMessage? {
        while true {
            while let message = try nextMessage() {
                if let known = try TableWatchMessage(message) { return known }
            }
            guard let piece = try await nextPiece() else { return nil }
            decoder.append(piece)
        }
    }

    private mutating func nextMessage() throws(ServiceError) -> EventStreamMessage? {
        do {
            return try decoder.next()
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
