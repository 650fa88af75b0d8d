import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

extension KinesisService {
    /// Reads records from the place of an iterator, `room` bytes of them at most, and gives the iterator to go on with.
    func getRecords(_ request: GetRecords.Request, room: Int) async throws(ServiceError) -> GetRecords.Response {
        let start = time.monotonicNanoseconds
        var validator = Validator()
        validator.number("limit", request.limit, 1...Limits.maximumGetRecordsCount)
        validator.require("shardIterator", request.shardIterator != nil)
        validator.text("shardIterator", request.shardIterator, length: 1...Limits.maximumShardIteratorLength)
        validator.text("streamARN", request.streamARN, pattern: .streamARN, length: 1...Limits.maximumStreamARNLength)
        validator.streamID(request.streamID)
        try validator.finish()

        let now = time.wallMilliseconds
        var iterator = try ShardIterator(request.shardIterator ?? "", sealer: tokens, now: now)
        let name = iterator.streamName
        if request.streamARN != nil || request.streamID != nil {
            _ = try await streamName(name, request.streamARN, request.streamID)
        }

        let stream = try await stream(of: iterator)
        try endDryRun(request.isDryRun)
        let read: ShardRead
        do throws(ServiceError) {
            read = try await store.read(
                from: iterator.position,
                shard: iterator.shard,
                stream: stream,
                maximumCount: request.limit ?? Limits.maximumGetRecordsCount,
                maximumBytes: min(room, Limits.maximumGetRecordsSizeInBytes)
            )
        } catch {
            guard error.code == .resourceNotFound else {
                countFailedRead(iterator.shard, stream: stream, error, since: start)
                throw error
            }
            throw shardDoesNotExist(iterator.shard, name, cause: error)
        }
        count(read, shard: iterator.shard, stream: stream, since: start)

        var response = GetRecords.Response(
            records: read.records.map(Record.init),
            millisBehindLatest: Int(read.millisBehindLatest)
        )
        if let next = read.next {
            iterator.position = next
            iterator.issuedAt = now
            response.nextShardIterator = try iterator.sealed(by: tokens)
        } else {
            response.childShards = try await children(of: iterator, known: stream)
        }
        return response
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
