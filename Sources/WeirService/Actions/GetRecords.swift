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
            read = try await self.read(request, at: iterator, of: stream, call)
        } catch {
            guard error.code == .resourceNotFound else {
                countFailedRead(iterator.shard, stream: stream, error, since: start + waited)
                throw error
            }
            throw shardDoesNotExist(iterator.shard, name, cause: error)
        }
        count(read, shard: iterator.shard, stream: stream, since: start + waited)

        var response = GetRecords.Response(
            records: RecordList(read.records),
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

    /// What there is to read; where that is nothing and the call may wait, what comes meanwhile.
    ///
    /// Where AWS's limits are enforced no call waits: then clients poll as they have to at AWS.
    private func read(
        _ request: GetRecords.Request,
        at iterator: ShardIterator,
        of stream: StreamDescription,
        _ call: ActionCall
    ) async throws(ServiceError) -> ShardRead {
        let read = try await read(request, from: iterator.position, iterator.shard, stream, call)
        guard let wait = call.wait, limiter == nil else { return read }
        guard read.records.isEmpty, read.millisBehindLatest == 0, let next = read.next else {
            wait.isNotNeeded()
            return read
        }
        guard readWaits.begin(wait) else { return read }
        defer { readWaits.end(wait) }
        call.reply?.release()
        try await wait.wait(
            until: { [store] () async throws(ServiceError) in
                try await store.waitForRecords(from: next, shard: iterator.shard, stream: stream)
            },
            sleep: { [time] in try await time.sleep(for: $0) },
            monotonicNanoseconds: { time.monotonicNanoseconds }
        )
        return try await self.read(request, from: next, iterator.shard, stream, call)
    }

    private func read(
        _ request: GetRecords.Request,
        from position: ShardPosition,
        _ shard: ShardID,
        _ stream: StreamDescription,
        _ call: ActionCall
    ) async throws(ServiceError) -> ShardRead {
        try await store.read(
            from: position,
            shard: shard,
            stream: stream,
            maximumCount: request.limit ?? Limits.maximumGetRecordsCount,
            maximumBytes: min(call.reply?.room ?? .max, Limits.maximumGetRecordsSizeInBytes)
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
