import WeirModel

/// The streams of a store by name, and what new ones are counted by: no I/O.
struct StreamRegistry {
    /// What a stream that is being made has got.
    struct Reservation: Equatable {
        let name: String
        let id: Int64
        let createdAt: Timestamp
        let shardCount: Int
        let isOnDemand: Bool
    }

    private let maximumOpenShardCount: Int
    private let maximumOnDemandStreamCount: Int
    private var counters: StreamCounters
    private var byName: [String: LiveStream] = [:]
    private var byID: [Int64: LiveStream] = [:]
    /// Ascending by UTF-8 bytes.
    private var names: [String] = []
    /// Streams that are being deleted, as long as they are listed.
    private(set) var leaving: [LiveStream] = []
    private var openShardCount = 0
    private var onDemandStreamCount = 0

    init(counters: StreamCounters, maximumOpenShardCount: Int, maximumOnDemandStreamCount: Int) {
        self.counters = counters
        self.maximumOpenShardCount = maximumOpenShardCount
        self.maximumOnDemandStreamCount = maximumOnDemandStreamCount
    }

    /// What is used of the limits.
    var usage: StoreUsage {
        StoreUsage(
            openShardCount: openShardCount,
            maximumOpenShardCount: maximumOpenShardCount,
            onDemandStreamCount: onDemandStreamCount,
            maximumOnDemandStreamCount: maximumOnDemandStreamCount
        )
    }

    /// All streams.
    var streams: [LiveStream] { Array(byName.values) }

    /// The stream of that name.
    func stream(_ name: String) -> LiveStream? { byName[name] }

    /// The stream of that ID.
    func stream(id: Int64) -> LiveStream? { byID[id] }

    /// At most `limit` names after `name`.
    func names(after name: String?, limit: Int) -> [String] {
        let start = name.map { place(of: $0, after: true) } ?? 0
        return Array(names[start...].prefix(limit))
    }

    /// Sets an ID, a creation time and shards aside for a stream that is about to be made, one at a time. The time is greater
    /// than that of any stream before, so that the sequence numbers of a stream made again go on above the old ones.
    mutating func reserve(
        _ name: String,
        shardCount: Int,
        isOnDemand: Bool,
        at now: Timestamp,
        errors: StreamErrors
    ) throws(ServiceError) -> Reservation {
        guard byName[name] == nil else { throw errors.streamExists(name) }
        if isOnDemand { try checkOnDemandLimit(errors: errors) }
        try reserveShards(shardCount, errors: errors)
        if isOnDemand { onDemandStreamCount += 1 }
        let createdAt = max(now.millisecondsSinceEpoch, counters.lastCreatedAt.millisecondsSinceEpoch + 1)
        let reservation = Reservation(
            name: name,
            id: counters.nextStreamID,
            createdAt: Timestamp(millisecondsSinceEpoch: createdAt),
            shardCount: shardCount,
            isOnDemand: isOnDemand
        )
        counters.nextStreamID += 1
        counters.lastCreatedAt = reservation.createdAt
        return reservation
    }

    /// The stream could not be made.
    mutating func release(_ reservation: Reservation) {
        openShardCount -= reservation.shardCount
        if reservation.isOnDemand { onDemandStreamCount -= 1 }
    }

    /// The stream was made.
    mutating func add(_ stream: LiveStream) {
        byName[stream.name] = stream
        byID[stream.id] = stream
        names.insert(stream.name, at: place(of: stream.name, after: false))
    }

    /// A stream that was there when the store was opened.
    mutating func addExisting(_ stream: LiveStream) {
        let description = stream.description
        openShardCount += description.openShardsByHashKey.count
        if description.settings.mode == .onDemand { onDemandStreamCount += 1 }
        add(stream)
    }

    /// The stream is being deleted, and still listed.
    mutating func willRemove(_ stream: LiveStream) { leaving.append(stream) }

    /// The stream was deleted. Returns whether it was still listed.
    mutating func remove(_ stream: LiveStream) -> Bool {
        guard byName[stream.name] === stream else { return false }
        leaving.removeAll { $0 === stream }
        byName[stream.name] = nil
        byID[stream.id] = nil
        names.remove(at: place(of: stream.name, after: false))
        let description = stream.description
        openShardCount -= description.openShardsByHashKey.count
        if description.settings.mode == .onDemand { onDemandStreamCount -= 1 }
        return true
    }

    /// A stream is about to change its capacity mode.
    mutating func reserveMode(_ mode: StreamMode, errors: StreamErrors) throws(ServiceError) {
        if mode == .onDemand { try checkOnDemandLimit(errors: errors) }
        onDemandStreamCount += mode == .onDemand ? 1 : -1
    }

    /// A change of the capacity mode that was counted did not take place.
    mutating func releaseMode(_ mode: StreamMode) { onDemandStreamCount -= mode == .onDemand ? 1 : -1 }

    private func checkOnDemandLimit(errors: StreamErrors) throws(ServiceError) {
        guard onDemandStreamCount < maximumOnDemandStreamCount else {
            throw errors.onDemandLimitExceeded(current: onDemandStreamCount, limit: maximumOnDemandStreamCount)
        }
    }

    /// A reshard is about to add open shards.
    mutating func reserveShards(_ count: Int, errors: StreamErrors) throws(ServiceError) {
        guard count <= 0 || openShardCount + count <= maximumOpenShardCount else {
            throw errors.shardLimitExceeded(
                current: openShardCount,
                limit: maximumOpenShardCount,
                additional: count
            )
        }
        openShardCount += count
    }

    /// A reshard that was counted did not take place.
    mutating func releaseShards(_ count: Int) { openShardCount -= count }

    /// Where a name is, or would be; the place behind it if `after`.
    private func place(of name: String, after: Bool) -> Int {
        var low = 0
        var high = names.count
        while low < high {
            let middle = (low + high) / 2
            let precedes = names[middle].utf8.lexicographicallyPrecedes(name.utf8)
            if precedes || (after && names[middle] == name) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
