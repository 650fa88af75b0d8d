import NIOCore
import Synchronization
import WeirClient
import WeirModel
import WeirWire

/// A Kinesis in memory, as far as consumers need it: streams, splits, merges, trimmed records, and faults on demand.
public final class MemoryKinesis: KinesisCalling {
    struct MemoryShard {
        var shard: Shard
        var records: [Record] = []
        /// Records that aged out.
        var trimmedCount = 0

        var isOpen: Bool { shard.sequenceNumberRange.endingSequenceNumber == nil }
    }

    struct State {
        var streams: [String: [MemoryShard]] = [:]
        /// When each stream was made: the next sequence number of then.
        var creations: [String: Int] = [:]
        var nextSequenceNumber = 1
        var iterators: [String: Iterator] = [:]
        var failure: (@Sendable (String) -> ServiceError?)?
        var fanOut = FanOut()
    }

    struct Iterator {
        var stream: String
        var shardID: String
        var index: Int
    }

    let state = Mutex(State())

    public init() {}

    /// Answers calls of an action, named by the argument, with an error, before they take effect; nil: none.
    public func fail(_ failure: (@Sendable (String) -> ServiceError?)?) { state.withLock { $0.failure = failure } }

    /// The service's clock: it goes on by a millisecond with each record, split and merge.
    public var wallMilliseconds: Int64 { state.withLock { Int64($0.nextSequenceNumber) } }

    // MARK: What tests do

    /// - Parameter milliseconds: when it says that it was made; nil: now, by its own clock.
    public func createStream(_ name: String, shardCount: Int, madeAt milliseconds: Int? = nil) {
        state.withLock { state in
            for range in HashKeyRange.uniform(count: shardCount) { Self.open(range, parents: [], name, &state) }
            if let milliseconds { state.creations[name] = milliseconds }
        }
    }

    public func deleteStream(_ name: String) { state.withLock { $0.streams[name] = nil } }

    /// Puts a record; answers its number.
    @discardableResult
    public func put(_ name: String, key: String, data: String) throws -> String {
        try state.withLock { state in
            try Self.put(name, key: key, data: ByteBuffer(string: data), &state).sequenceNumber
        }
    }

    /// Puts a record with data of any kind where its key, or a key of its own, belongs; answers its number.
    @discardableResult
    public func put(_ name: String, key: String, data: ByteBuffer, explicitHashKey: HashKey? = nil) throws -> String {
        try state.withLock { state in
            try Self.put(name, key: key, hashKey: explicitHashKey, data: data, &state).sequenceNumber
        }
    }

    public func split(_ name: String, _ shardID: String) throws {
        try state.withLock { state in
            let range = try Self.close(name, shardID, &state)
            let middle = range.starting.value + (range.ending.value - range.starting.value) / 2
            let halves = [
                HashKeyRange(starting: range.starting, ending: HashKey(middle)),
                HashKeyRange(starting: HashKey(middle + 1), ending: range.ending),
            ]
            for half in halves { Self.open(half, parents: [shardID], name, &state) }
        }
    }

    public func merge(_ name: String, _ first: String, _ second: String) throws {
        try state.withLock { state in
            let lower = try Self.close(name, first, &state)
            let upper = try Self.close(name, second, &state)
            let range = HashKeyRange(
                starting: min(lower.starting, upper.starting),
                ending: max(lower.ending, upper.ending)
            )
            Self.open(range, parents: [first, second], name, &state)
        }
    }

    /// Lets the oldest records of a shard age out.
    public func trim(_ name: String, _ shardID: String, count: Int) {
        state.withLock { state in
            guard let index = state.streams[name]?.firstIndex(where: { $0.shard.shardID == shardID }) else { return }
            state.streams[name]?[index].trimmedCount = count
        }
    }

    /// Lets a closed shard age out altogether.
    public func removeShard(_ name: String, _ shardID: String) {
        state.withLock { state in state.streams[name]?.removeAll { $0.shard.shardID == shardID } }
    }

    /// Lets all iterators expire.
    public func expireIterators() { state.withLock { $0.iterators = [:] } }

    public func shardIDs(_ name: String, openOnly: Bool = false) -> [String] {
        state.withLock { state in
            (state.streams[name] ?? []).filter { !openOnly || $0.isOpen }.map(\.shard.shardID)
        }
    }

    public func records(_ name: String) -> [Record] {
        state.withLock { state in (state.streams[name] ?? []).flatMap(\.records) }
    }

    public func records(_ name: String, shard: String) -> [Record] {
        state.withLock { state in (state.streams[name] ?? []).first { $0.shard.shardID == shard }?.records ?? [] }
    }

    // MARK: The service

    public func call<A: KinesisAction>(
        _ action: A.Type,
        _ request: A.Request
    ) async throws(ServiceError) -> A.Response {
        if Task.isCancelled { throw ServiceError(.cancelled, "") }
        let result = state.withLock { state -> Result<any Sendable, ServiceError> in
            do throws(ServiceError) {
                if let error = state.failure?(A.name) { throw error }
                return .success(try Self.perform(request, &state))
            } catch {
                return .failure(error)
            }
        }
        guard let response = try result.get() as? A.Response else { throw ServiceError(.unknownOperation, A.name) }
        return response
    }

    private static func perform(_ request: any Sendable, _ state: inout State) throws(ServiceError) -> any Sendable {
        switch request {
        case let request as ListShards.Request:
            return ListShards.Response(shards: try shards(request.streamName, state).map(\.shard))
        case let request as GetShardIterator.Request:
            return try makeIterator(request, &state)
        case let request as GetRecords.Request:
            return try getRecords(request, &state)
        case let request as PutRecord.Request:
            let (shardID, number) = try put(
                request.streamName ?? "",
                key: request.partitionKey ?? "",
                hashKey: request.explicitHashKey.flatMap { HashKey($0) },
                data: request.data ?? ByteBuffer(),
                &state
            )
            return PutRecord.Response(shardID: shardID, sequenceNumber: number)
        case let request as CreateStream.Request:
            let name = request.streamName ?? ""
            guard state.streams[name] == nil else { throw ServiceError(.resourceInUse, "Stream \(name) exists") }
            for range in HashKeyRange.uniform(count: request.shardCount ?? 1) { open(range, parents: [], name, &state) }
            return EmptyResponse()
        case let request as DescribeStreamSummary.Request:
            let shards = try shards(request.streamName, state)
            return DescribeStreamSummary.Response(
                streamDescriptionSummary: StreamDescriptionSummary(
                    streamName: request.streamName ?? "",
                    streamARN: FanOut.streamARN(request.streamName ?? ""),
                    streamStatus: "ACTIVE",
                    retentionPeriodHours: 24,
                    streamCreationTimestamp: Timestamp(
                        millisecondsSinceEpoch: Int64(state.creations[request.streamName ?? ""] ?? 0)
                    ),
                    enhancedMonitoring: [],
                    openShardCount: shards.filter(\.isOpen).count
                )
            )
        default:
            return try state.fanOut.perform(request)
        }
    }

    static func shards(_ name: String?, _ state: State) throws(ServiceError) -> [MemoryShard] {
        guard let shards = state.streams[name ?? ""] else {
            throw ServiceError(.resourceNotFound, "Stream \(name ?? "") under account 000000000000 not found.")
        }
        return shards
    }

    static func shard(_ name: String, _ id: String, _ state: State) throws(ServiceError) -> MemoryShard {
        guard let shard = try shards(name, state).first(where: { $0.shard.shardID == id }) else {
            throw ServiceError(.resourceNotFound, "Shard \(id) in stream \(name) does not exist")
        }
        return shard
    }

    private static func put(
        _ name: String,
        key: String,
        hashKey: HashKey? = nil,
        data: ByteBuffer,
        _ state: inout State
    ) throws(ServiceError) -> (shardID: String, sequenceNumber: String) {
        let hash = hashKey ?? HashKey(partitionKey: key)
        guard
            let index = try shards(name, state).firstIndex(where: { candidate in
                candidate.isOpen && contains(candidate.shard.hashKeyRange, hash)
            })
        else { throw ServiceError(.internalFailure, "No open shard for the key") }
        let arrival = Timestamp(millisecondsSinceEpoch: Int64(state.nextSequenceNumber))
        let number = nextNumber(&state)
        let record = Record(
            sequenceNumber: number,
            approximateArrivalTimestamp: arrival,
            data: data,
            partitionKey: key
        )
        state.streams[name]?[index].records.append(record)
        return (state.streams[name]?[index].shard.shardID ?? "", number)
    }

    private static func contains(_ range: HashKeyRangeShape, _ hash: HashKey) -> Bool {
        guard let first = HashKey(range.startingHashKey), let last = HashKey(range.endingHashKey) else { return false }
        return first <= hash && hash <= last
    }

    private static func nextNumber(_ state: inout State) -> String {
        defer { state.nextSequenceNumber += 1 }
        return SequenceNumber(streamEpoch: 0, shard: 0, index: UInt64(state.nextSequenceNumber)).description
    }

    private static func open(_ range: HashKeyRange, parents: [String], _ name: String, _ state: inout State) {
        let number = (state.streams[name]?.last?.shard.shardID).flatMap { ShardID($0) }.map { $0.number + 1 } ?? 0
        let shard = Shard(
            shardID: ShardID(number).description,
            parentShardID: parents.first,
            adjacentParentShardID: parents.dropFirst().first,
            hashKeyRange: HashKeyRangeShape(
                startingHashKey: range.starting.description,
                endingHashKey: range.ending.description
            ),
            sequenceNumberRange: SequenceNumberRange(startingSequenceNumber: nextNumber(&state))
        )
        if state.streams[name] == nil { state.creations[name] = state.nextSequenceNumber }
        state.streams[name, default: []].append(MemoryShard(shard: shard))
    }

    private static func close(
        _ name: String,
        _ shardID: String,
        _ state: inout State
    ) throws(ServiceError) -> HashKeyRange {
        let shards = try shards(name, state)
        guard let index = shards.firstIndex(where: { $0.shard.shardID == shardID && $0.isOpen }),
            let first = HashKey(shards[index].shard.hashKeyRange.startingHashKey),
            let last = HashKey(shards[index].shard.hashKeyRange.endingHashKey)
        else { throw ServiceError(.invalidArgument, "Shard \(shardID) is not open") }
        let number = nextNumber(&state)
        state.streams[name]?[index].shard.sequenceNumberRange.endingSequenceNumber = number
        return HashKeyRange(starting: first, ending: last)
    }
}
