import Synchronization
import WeirClient
import WeirModel
import WeirWire

// Reading records by iterators.
extension MemoryKinesis {
    // MARK: What tests do

    /// Whether calls wait for records, if they are asked to, as a Weir server lets them.
    public var waitsForRecords: Bool {
        get { state.withLock(\.waitsForRecords) }
        set { state.withLock { $0.waitsForRecords = newValue } }
    }

    /// How many calls were asked to wait for records.
    public var waitCount: Int { state.withLock(\.waitCount) }

    /// How many times records were read by iterators.
    public var fetchCount: Int { state.withLock(\.fetchCount) }

    // MARK: The service

    public func getRecords(
        _ request: GetRecords.Request,
        waitingUpTo wait: Duration
    ) async throws(ServiceError) -> WaitedRecords {
        let waits = state.withLock { state in
            state.waitCount += 1
            return state.waitsForRecords
        }
        guard waits else { return WaitedRecords(try await call(GetRecords.self, request)) }
        let began = ContinuousClock.now
        var waited = Duration.zero
        while true {
            let response = try await call(GetRecords.self, request)
            if !response.records.isEmpty || response.nextShardIterator == nil || waited >= wait {
                return WaitedRecords(response, waited: waited)
            }
            do {
                try await Task.sleep(for: .milliseconds(1))
            } catch {
                throw ServiceError(.cancelled, "")
            }
            waited = ContinuousClock.now - began
        }
    }

    static func makeIterator(
        _ request: GetShardIterator.Request,
        _ state: inout State
    ) throws(ServiceError) -> GetShardIterator.Response {
        let (stream, shardID) = (request.streamName ?? "", request.shardID ?? "")
        let position: StartingPosition
        switch (request.shardIteratorType, request.startingSequenceNumber, request.timestamp) {
        case ("TRIM_HORIZON", _, _): position = .trimHorizon
        case ("LATEST", _, _): position = .latest
        case ("AT_SEQUENCE_NUMBER", let number?, _): position = .atSequenceNumber(number)
        case ("AFTER_SEQUENCE_NUMBER", let number?, _): position = .afterSequenceNumber(number)
        case ("AT_TIMESTAMP", _, let timestamp?): position = .atTimestamp(timestamp)
        default: throw ServiceError(.validation, "\(request.shardIteratorType ?? "")")
        }
        let iterator = try iterator(stream, shardID, position, state)
        return GetShardIterator.Response(shardIterator: issue(iterator, &state))
    }

    static func iterator(
        _ stream: String,
        _ shardID: String,
        _ position: StartingPosition,
        _ state: State
    ) throws(ServiceError) -> Iterator {
        let shard = try shard(stream, shardID, state)
        let index: Int?
        switch position {
        case .trimHorizon: index = 0
        case .latest: index = nil
        case .atSequenceNumber(let number): index = shard.records.firstIndex { $0.sequenceNumber >= number }
        case .afterSequenceNumber(let number): index = shard.records.firstIndex { $0.sequenceNumber > number }
        case .atTimestamp(let time):
            guard time.millisecondsSinceEpoch <= state.nextSequenceNumber else {
                throw ServiceError(.invalidArgument, "A timestamp that is not in the future is wanted")
            }
            index = shard.records.firstIndex { $0.approximateArrivalTimestamp.map { $0 >= time } ?? true }
        }
        return Iterator(stream: stream, shardID: shardID, index: index ?? shard.records.count)
    }

    private static func issue(_ iterator: Iterator, _ state: inout State) -> String {
        let token = "iterator-\(iterator.stream)-\(iterator.shardID)-\(iterator.index)"
        state.iterators[token] = iterator
        return token
    }

    static func getRecords(
        _ request: GetRecords.Request,
        _ state: inout State
    ) throws(ServiceError) -> GetRecords.Response {
        state.fetchCount += 1
        guard let iterator = state.iterators[request.shardIterator ?? ""] else {
            throw ServiceError(.expiredIterator, "Iterator expired.")
        }
        var next = iterator
        let (records, isEnd, isTip) = try read(&next, limit: request.limit ?? 10_000, state)
        return GetRecords.Response(
            records: RecordList(records),
            nextShardIterator: isEnd ? nil : issue(next, &state),
            millisBehindLatest: isTip ? 0 : 1000,
            childShards: isEnd ? try children(of: iterator, state) : nil
        )
    }

    /// The records from a place on, which moves behind them.
    static func read(
        _ iterator: inout Iterator,
        limit: Int,
        _ state: State
    ) throws(ServiceError) -> (records: [Record], isEnd: Bool, isTip: Bool) {
        let shard = try shard(iterator.stream, iterator.shardID, state)
        let first = max(iterator.index, shard.trimmedCount)
        let end = min(first + limit, shard.records.count)
        let isTip = end == shard.records.count
        iterator.index = max(end, first)
        return (first < end ? Array(shard.records[first..<end]) : [], isTip && !shard.isOpen, isTip)
    }

    static func children(of iterator: Iterator, _ state: State) throws(ServiceError) -> [ChildShard] {
        let id = iterator.shardID
        return try shards(iterator.stream, state).map(\.shard).filter {
            $0.parentShardID == id || $0.adjacentParentShardID == id
        }.map {
            ChildShard(
                shardID: $0.shardID,
                parentShards: [$0.parentShardID, $0.adjacentParentShardID].compactMap { $0 },
                hashKeyRange: $0.hashKeyRange
            )
        }
    }
}
