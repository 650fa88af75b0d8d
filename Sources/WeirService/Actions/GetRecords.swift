import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

extension KinesisService {
    /// Reads records from the place of an iterator, and gives the iterator to go on with. Waits for a record, if the call asks for
    /// that.
    func getRecords(_ request: GetRecords.Request, _ call: ActionCall) async throws(ServiceError) -> GetRecords.Response
    {
        let start = time.monotonicNanoseconds
        var validator = Validator()
        validator.number("limit", request.limit, 1...Limits.maximumGetRecordsCount)
        validator.require("shardIterator", request.shardIterator != nil)
        validator.text("shardIterator", request.shardIterator, length: 1...Limits.maximumShardIteratorLength)
        validator.text("streamARN", request.streamARN, pattern: .streamARN, length: 1...Limits.maximumStreamARNLength)
        validator.streamID(request.streamID)
        try validator.finish()

        var iterator = try ShardIterator(request.shardIterator ?? "", sealer: tokens, now: time.wallMilliseconds)
        let name = iterator.streamName
        if request.streamARN != nil || request.streamID != nil {
            _ = try await streamName(name, request.streamARN, request.streamID)
        }

        let stream = try await stream(of: iterator)
        try endDryRun(request.isDryRun)
        // The wait is the client's wish, and no part of what the call took.
        var waited: UInt64 { call.wait?.waitedNanoseconds ?? 0 }
        let read: ShardRead
        do throws(ServiceError) {
            if let wait = call.wait { try await self.wait(wait, at: iterator, of: stream) }
            read = try await store.read(
                from: iterator.position,
                shard: iterator.shard,
                stream: stream,
                maximumCount: request.limit ?? Limits.maximumGetRecordsCount,
                maximumBytes: min(call.replyRoom?() ?? .max, Limits.maximumGetRecordsSizeInBytes)
            )
        } catch {
            guard error.code == .resourceNotFound else {
                countFailedRead(iterator.shard, stream: stream, error, since: start + waited)
                throw error
            }
            throw shardDoesNotExist(iterator.shard, name, cause: error)
        }
        count(read, shard: iterator.shard, stream: stream, since: start + waited)

        var response = GetRecords.Response(
            records: read.records.map(Record.init),
            millisBehindLatest: Int(read.millisBehindLatest)
        )
        if let next = read.next {
            iterator.position = next
            iterator.issuedAt = time.wallMilliseconds
            response.nextShardIterator = try iterator.sealed(by: tokens)
        } else {
            response.childShards = try await children(of: iterator, known: stream)
        }
        return response
    }

    /// Waits until a read from the place of an iterator would find something, within bounds.
    ///
    /// Where AWS's limits are enforced no call waits: then clients poll as they have to at AWS.
    private func wait(
        _ wait: CallWait,
        at iterator: ShardIterator,
        of stream: StreamDescription
    ) async throws(ServiceError) {
        guard limiter == nil, readWaits.begin(wait) else { return }
        defer { readWaits.end(wait) }
        try await wait.wait(
            until: { [store] () async throws(ServiceError) in
                try await store.waitForRecords(from: iterator.position, shard: iterator.shard, stream: stream)
            },
            sleep: { [time] in try await time.sleep(for: $0) },
            monotonicNanoseconds: { time.monotonicNanoseconds }
        )
    }

    private func stream(of iterator: ShardIterator) async throws(ServiceError) -> StreamDescription {
        do throws(ServiceError) {
            let stream = try await store.stream(name: iterator.streamName)
            guard stream.id == iterator.streamID, stream.shard(iterator.shard) != nil else {
                throw shardDoesNotExist(iterator.shard, iterator.streamName)
            }
            return stream
        } catch  where error.code == .resourceNotFound {
            throw shardDoesNotExist(iterator.shard, iterator.streamName, cause: error)
        }
    }

    /// The children of a closed shard. The shard may have been closed after the snapshot was taken.
    private func children(
        of iterator: ShardIterator,
        known stream: StreamDescription
    ) async throws(ServiceError) -> [ChildShard] {
        var stream = stream
        if stream.shard(iterator.shard)?.isOpen ?? true { stream = try await self.stream(of: iterator) }
        return stream.children(of: iterator.shard).map(ChildShard.init)
    }
}
