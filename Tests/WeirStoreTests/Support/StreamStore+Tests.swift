import NIOCore
import WeirModel
import WeirStore

extension StreamStore {
    /// Makes a stream and gives its description.
    func makeStream(_ name: String = "flights", shards: Int = 1) async throws -> StreamDescription {
        try await createStream(name: name, shardCount: shards, tags: [:])
        return try await stream(name: name)
    }

    /// Appends texts to one shard, and gives their numbers.
    @discardableResult
    func put(
        _ texts: [String],
        key: String = "N14228",
        shard: UInt32 = 0,
        of stream: StreamDescription
    ) async throws -> [SequenceNumber] {
        let records = texts.map { NewRecord(shard: ShardID(shard), partitionKey: key, data: ByteBuffer(string: $0)) }
        return try await append(records, stream: stream).map { try $0.number() }
    }

    /// Reads a shard from its trim horizon to its tip or end.
    func readAll(
        shard: UInt32 = 0,
        of stream: StreamDescription,
        from start: ShardStart = .trimHorizon,
        maximumCount: Int = 10_000
    ) async throws -> (texts: [String], hasEnded: Bool) {
        var position = try await position(start, shard: ShardID(shard), stream: stream)
        var texts: [String] = []
        while true {
            let read = try await read(
                from: position,
                shard: ShardID(shard),
                stream: stream,
                maximumCount: maximumCount,
                maximumBytes: 10 << 20
            )
            texts += read.records.map { String(buffer: $0.data) }
            guard let next = read.next else { return (texts, true) }
            if read.millisBehindLatest == 0 { return (texts, false) }
            position = next
        }
    }
}

/// A record's shard was closed.
struct ShardWasClosed: Error {}

extension AppendResult {
    func number() throws -> SequenceNumber {
        guard case .appended(let number) = self else { throw ShardWasClosed() }
        return number
    }
}

/// The error that `body` throws; nil when it throws none.
func serviceError(_ body: () async throws(ServiceError) -> Void) async -> ServiceError? {
    do throws(ServiceError) {
        try await body()
        return nil
    } catch {
        return error
    }
}
