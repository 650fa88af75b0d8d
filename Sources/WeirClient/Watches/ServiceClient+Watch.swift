import NIOCore
import WeirModel
import WeirWire

/// What a watch of a table needs of the client.
extension ServiceClient {
    /// Begins to watch a table. Throws `notSupported` where the service is Amazon's, without asking it.
    func watch(_ request: WatchTable.Request) async throws(ServiceError) -> TableWatchConnection {
        guard !isAWS else {
            throw ServiceError(.notSupported, "Amazon DynamoDB does not tell of changes of tables.")
        }
        var body = ByteBuffer()
        request.write(to: &body, format: .json)
        return TableWatchConnection(try await open(WatchTable.name, body: body))
    }

    /// Waits. Throws `cancelled`.
    func pause(_ duration: Duration) async throws(ServiceError) {
        do {
            if duration > .zero { try await sleep(for: duration) } else { try Task.checkCancellation() }
        } catch {
            throw ServiceError(.cancelled, "The task was cancelled.", cause: error)
        }
    }
}
