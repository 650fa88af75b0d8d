import Synchronization
import WeirLog
import WeirModel

// What a receive delivers is picked in memory.
extension LiveQueue {
    /// Delivers, in memory, records that were read before. Nil when there are none, or others may be to be delivered first. It does not
    /// wait, so many receives need not stand in line for a thread.
    func pickAhead(_ receive: QueueReceive, _ path: QueuePath, visibility: Int64) -> Picked? {
        guard path == .records else { return nil }
        let now = now
        let hasVisible = journal.withMachine { machine in
            machine.settle(at: now)
            return machine.mayHaveVisible(.records)
        }
        guard !hasVisible else { return nil }
        return ahead.withLock { ahead in
            guard !ahead.isReading, nextArrival.map(ahead.holds) == true else { return nil }
            var receive = receive
            if let room = receive.reply?.take() { receive.maximumBytes = min(receive.maximumBytes, room) }
            var picked = Picked()
            picked.maximumBytes = receive.maximumBytes
            picked.reserve(receive)
            while picked.hasRoom(receive) {
                guard let shard = takeArrival(where: { ahead.holds($0) }) else { break }
                picked.shards.insert(shard)
                let room = (receive.maximumCount - picked.candidates.count, receive.maximumBytes - picked.byteCount)
                // Where a delivery was taken back, its records are before those that were read ahead.
                guard let start = ahead.start(of: shard), isNext(start, of: shard),
                    source.keeps(ahead.nextArrival(of: shard), of: shard),
                    let read = ahead.take(shard, maximumCount: room.0, maximumBytes: max(1, room.1))
                else {
                    ahead.drop(shard)
                    putBack(shard)
                    break
                }
                take(read, of: shard, start ..< .max, into: &picked)
                // What was taken of them and not delivered is read again.
                if picked.isFull { ahead.drop(shard) }
            }
            receive.reply?.settle(picked.byteCount)
            guard !picked.candidates.isEmpty else { return nil }
            decide(&picked, path, visibility: visibility, putBack: [], at: now)
            return picked
        }
    }

    /// Whether all records of a shard from an index on are to be delivered, and none before it.
    private func isNext(_ index: UInt64, of shard: ShardID) -> Bool {
        let unread = journal.withMachine { $0.unread[shard.number] } ?? UnreadRanges(from: 0)
        return unread.first == index ..< .max
    }

    /// Looks for records and delivers them, in memory: nobody else gets them from now on.
    func pick(
        _ receive: QueueReceive,
        _ path: QueuePath,
        visibility: Int64
    ) async throws(ServiceError) -> Picked {
        // Its client may have gone while it stood in line: others get what it would have taken.
        if Task.isCancelled { return Picked() }
        // Somebody may have read ahead meanwhile.
        if let picked = pickAhead(receive, path, visibility: visibility) { return picked }
        ahead.withLock { $0.isReading = true }
        defer { ahead.withLock { $0.isReading = false } }
        let now = now
        let visible = journal.withMachine { $0.takeVisible(path, maximumCount: receive.maximumCount, at: now) }
        var picked = Picked()
        guard !visible.isEmpty || (path == .records && hasArrivals) else { return picked }
        var receive = receive
        if let room = receive.reply?.take() { receive.maximumBytes = min(receive.maximumBytes, room) }
        picked.maximumBytes = receive.maximumBytes
        picked.reserve(receive)
        do throws(ServiceError) {
            try await read(visible, receive, path, into: &picked)
        } catch {
            journal.withMachine { $0.putBack(visible.map(\.index), path) }
            for shard in picked.shards { putBack(shard) }
            throw error
        }
        receive.reply?.settle(picked.byteCount)
        let missing = picked.missing
        var left: [UInt64] = []
        if !visible.isEmpty {
            let chosen = Set(picked.candidates.map(\.index)).union(missing)
            left = visible.map(\.index).filter { !chosen.contains($0) }
        }
        let moment = self.now
        if !missing.isEmpty {
            picked.dropped = journal.begin { machine in
                let (entry, undo) = machine.drop(missing, at: moment)
                return (entry, undo, ())
            }
        }
        decide(&picked, path, visibility: visibility, putBack: left, at: moment)
        return picked
    }

    private func decide(
        _ picked: inout Picked,
        _ path: QueuePath,
        visibility: Int64,
        putBack left: [UInt64],
        at moment: Int64
    ) {
        let (candidates, consumed) = (picked.candidates, picked.consumed)
        picked.change = journal.begin { machine in
            machine.putBack(left, path)
            let received = machine.receive(path, candidates, consumed: consumed, visibility: visibility, at: moment)
            guard let received else { return (nil, .nothing, []) }
            // What is not delivered need not be written: it is found again.
            return received.records.isEmpty
                ? (nil, .nothing, []) : (received.entry, received.undo, received.records)
        }
    }

    /// Reads records of both kinds: those that were delivered before, and others. Each gets half of the room where both are
    /// there, and every other time the first record.
    private func read(
        _ visible: [TrackedRecord],
        _ receive: QueueReceive,
        _ path: QueuePath,
        into picked: inout Picked
    ) async throws(ServiceError) {
        guard path == .records, hasArrivals else {
            return try await readVisible(visible, receive.maximumCount, receive.maximumBytes, into: &picked)
        }
        guard !visible.isEmpty else {
            return try await readUnread(receive.maximumCount, receive.maximumBytes, into: &picked)
        }
        let share = (receive.maximumCount + 1) / 2
        let beginsWithVisible = nextTurnIsOfVisible()
        for isOfVisible in beginsWithVisible ? [true, false, true] : [false, true, false] {
            let isFirst = picked.candidates.isEmpty
            let room = receive.maximumCount - picked.candidates.count
            let bytes = receive.maximumBytes - picked.byteCount
            guard room > 0, bytes > 0 || isFirst, !picked.isFull else { return }
            let (count, limit) = isFirst ? (share, max(1, receive.maximumBytes / 2)) : (room, bytes)
            if isOfVisible {
                try await readVisible(visible, count, limit, into: &picked)
            } else {
                try await readUnread(count, limit, into: &picked)
            }
        }
    }

    /// Reads records that were delivered before. Mostly several lie beside one another.
    private func readVisible(
        _ visible: [TrackedRecord],
        _ maximumCount: Int,
        _ maximumBytes: Int,
        into picked: inout Picked
    ) async throws(ServiceError) {
        let wanted = Set(visible.map(\.index))
        let end = picked.candidates.count + maximumCount
        let limit = picked.byteCount + maximumBytes
        for record in visible {
            guard picked.candidates.count < end, picked.byteCount < limit || picked.candidates.isEmpty, !picked.isFull
            else { return }
            guard !picked.has(record.index), !picked.missing.contains(record.index) else { continue }
            let read = try await source.read(
                from: ShardPosition(index: record.index),
                shard: ShardID(record.shard),
                maximumCount: end - picked.candidates.count,
                maximumBytes: max(1, limit - picked.byteCount)
            )
            if read.records.first?.sequenceNumber.index != record.index { picked.missing.append(record.index) }
            for found in read.records where wanted.contains(found.sequenceNumber.index) {
                if !picked.take(found, isRedelivery: true) { return }
            }
        }
    }

    /// Reads on in the shards whose turn it is.
    private func readUnread(
        _ maximumCount: Int,
        _ maximumBytes: Int,
        into picked: inout Picked
    ) async throws(ServiceError) {
        let end = picked.candidates.count + maximumCount
        let limit = picked.byteCount + maximumBytes
        while picked.candidates.count < end, picked.byteCount < limit || picked.candidates.isEmpty, !picked.isFull {
            guard let shard = takeArrival() else { return }
            picked.shards.insert(shard)
            let taken = picked.consumed.last { $0.shard == shard.number }?.range.upperBound
            let known = journal.withMachine { $0.unread[shard.number] } ?? UnreadRanges(from: 0)
            var unread = known
            if let taken { unread.subtract(0..<taken) }
            guard let range = unread.first else { continue }
            let read = try await readUnread(
                range,
                of: shard,
                maximumCount: end - picked.candidates.count,
                maximumBytes: max(1, limit - picked.byteCount)
            )
            take(read, of: shard, range, into: &picked)
            if picked.isFull { ahead.withLock { $0.drop(shard) } }
        }
    }

    /// Reads on in a shard, or takes what was read before.
    private func readUnread(
        _ range: Range<UInt64>,
        of shard: ShardID,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> ShardRead {
        let known = ahead.withLock { ahead in
            guard ahead.start(of: shard) == range.lowerBound,
                source.keeps(ahead.nextArrival(of: shard), of: shard)
            else { return nil as ShardRead? }
            return ahead.take(shard, maximumCount: maximumCount, maximumBytes: maximumBytes)
        }
        if let known { return known }
        // Where something was taken back there may be gaps: there nothing is read ahead.
        let isOpenEnded = range.upperBound == .max
        let size = ahead.withLock { ahead in
            ahead.readSize(count: maximumCount, maximumBytes: maximumBytes, shardCount: source.shardCount)
        }
        let read = try await source.read(
            from: ShardPosition(index: range.lowerBound),
            shard: shard,
            maximumCount: isOpenEnded ? size.count : maximumCount,
            maximumBytes: isOpenEnded ? size.bytes : maximumBytes
        )
        guard isOpenEnded else { return read }
        return ahead.withLock { ahead in
            ahead.keep(read, of: shard, maximumCount: maximumCount, maximumBytes: maximumBytes)
        }
    }

    private func take(_ read: ShardRead, of shard: ShardID, _ range: Range<UInt64>, into picked: inout Picked) {
        let isTracked = journal.withMachine { machine in
            read.records.places.map { machine.tracked[$0.sequenceNumber.index] != nil }
        }
        // Whatever comes behind the last record given was not read.
        var end = min(range.upperBound, read.next?.index ?? .max)
        if let last = read.records.places.last, read.next != nil {
            end = min(range.upperBound, last.sequenceNumber.index + 1)
        }
        for (record, isTracked) in zip(read.records, isTracked)
        where range.contains(record.sequenceNumber.index) && !isTracked {
            guard picked.take(record, isRedelivery: false) else {
                // Nor was what there was no room for.
                end = record.sequenceNumber.index
                break
            }
        }
        if read.records.isEmpty, read.next != nil, end < range.upperBound { return }
        if range.lowerBound < end {
            picked.consumed.append(.init(shard: shard.number, range: range.lowerBound..<end))
        }
        let mayHaveMore = end < .max && !(range.upperBound == .max && source.isAtTip(of: shard, from: end))
        if mayHaveMore { putBack(shard) }
    }
}
