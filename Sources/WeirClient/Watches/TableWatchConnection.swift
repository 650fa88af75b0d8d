import AsyncHTTPClient
import WeirModel
import WeirWire

/// The messages of one answer to WatchTable.
struct TableWatchConnection {
    private var messages: EventStreamBody

    init(_ body: HTTPClientResponse.Body) { messages = EventStreamBody(body) }

    /// The next message that is known; nil at the end.
    mutating func next() async throws(ServiceError) -> TableWatchMessage? {
        while let message = try await messages.next() {
            if let known = try TableWatchMessage(message) { return known }
        }
        return nil
    }
}
