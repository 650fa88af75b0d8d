import NIOCore
import WeirLog
import WeirModel

extension LiveStream {
    /// A shard as one read sees it.
    private struct View {
        let shard: ShardDescription
        let trimHorizon: Timestamp
        let now: Timestamp

        var lane: UInt32 { shard.id.number }
        var startingIndex: UInt64 { shard.startingSequenceNumber.index }
        /// No record of the shard is there or beyond; nil while it is open.
        var endingIndex: UInt64? { shard.endingSequenceNumber?.index }

        /// The place that the reader goes on from; nil when there is nothing more and never will be.
        func next(_ index: UInt64, isAtTip: Bool) -> ShardPosition? {
            guard let endingIndex else { return ShardPosition(index: index) }
            return isAtTip || index >= endingIndex ? nil : ShardPosition(index: index)
        }
    }

    /// The shard to read; nil when it is closed and its records have aged out.
    private func view(_ shard: ShardID) throws(ServiceError) -> View? {
        let now = now
        switch withMachine({ $0.readView(shard, at: now) }) {
        case .shard(let shard, let trimHorizon): return View(shard: shard, trimHorizon: trimHorizon, now: now)
        case .agedOut: return nil
        case .unknown: throw errors.shardDoesNotExist(shard, stream: name)
        case .streamDeleted: throw errors.streamNotFound(name)
        }
    }

    // MARK: Position

    /// Finds a place in a shard.
    func position(
        _ start: ShardStart,
        shard id: ShardID
    ) async throws(ServiceError) -> ShardPosition {
        guard let view = try view(id) else { throw errors.shardDoesNotExist(id, stream: name) }
        switch start {
        case .trimHorizon:
            return try await firstPosition(view, atOrAfter: view.trimHorizon)
        case .atTimestamp(let timestamp):
            return try await firstPosition(view, atOrAfter: max(timestamp, view.trimHorizon))
        case .latest:
            return ShardPosition(index: view.endingIndex ?? log.nextIndex)
        case .atSequenceNumber(let number):
            // A number between two records stands behind the first of them.
            guard number.position == 0 else { return try await self.position(.afterSequenceNumber(number), shard: id) }
            try check(number, view, below: log.nextIndex + 1)
            return ShardPosition(index: number.index)
        case .afterSequenceNumber(let number):
            try check(number, view, below: log.nextIndex)
            return ShardPosition(index: number.index + 1)
        }
    }

    private func firstPosition(_ view: View, atOrAfter timestamp: Timestamp) async throws(ServiceError) -> ShardPosition
    {
        let index = try await firstIndex(view, atOrAfter: timestamp)
        return ShardPosition(index: max(index, view.startingIndex))
    }

    private func firstIndex(_ view: View, atOrAfter timestamp: Timestamp) async throws(ServiceError) -> UInt64 {
        do throws(LogError) {
            return try await log.firstIndex(lane: view.lane, atOrAfter: timestamp.millisecondsSinceEpoch)
        } catch {
            throw serviceError(error)
        }
    }

    /// A number that was not given yet is refused: from there, a reader would miss the records until then.
    private func check(_ number: SequenceNumber, _ view: View, below end: UInt64) throws(ServiceError) {
        guard number.shard == view.lane else {
            throw errors.sequenceNumberOfOtherShard(number, shard: view.shard.id)
        }
        guard number.streamEpoch == epoch else {
            throw errors.sequenceNumberOfOtherStream(number, shard: view.shard.id, stream: name)
        }
        var limit = view.endingIndex.map { $0 + 1 } ?? end
        // A reader at the tip gets a place behind the records of all shards, and the shard may turn out to have ended before.
        if number.position != 0 { limit = max(limit, end) }
        guard number.index < limit else {
            throw errors.sequenceNumberNotYetGiven(number, shard: view.shard.id, stream: name)
        }
    }

    // MARK: Read

    /// Reads records from a place.
    func read(
        from position: ShardPosition,
        shard id: ShardID,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> ShardRead {
        guard let view = try view(id) else {
            return ShardRead(records: StoredRecords(), next: nil, millisBehindLatest: 0)
        }
        var from = max(position.index, view.startingIndex)
        while true {
            let part = try await readLog(view, from: from, maximumCount: maximumCount, maximumBytes: maximumBytes)
            guard !part.entries.isEmpty else {
                if part.isAtTip || part.nextIndex >= view.endingIndex ?? .max {
                    let next = view.next(part.nextIndex, isAtTip: true)
                    return ShardRead(records: StoredRecords(), next: next, millisBehindLatest: 0)
                }
                from = part.nextIndex
                continue
            }
            if part.entries.timestamp(at: 0) < view.trimHorizon.millisecondsSinceEpoch {
                // Arrival times never go back: all that is given lies at or behind the first that is young enough.
                from = max(try await firstIndex(view, atOrAfter: view.trimHorizon), part.entries.index(at: 0) + 1)
                continue
            }
            return try await onThread(for: part) { () throws(ServiceError) in
                try shardRead(part, view, maximumBytes: maximumBytes)
            }
        }
    }

    /// Where much is to be decrypted, that is done on a thread that serves no connections.
    private func onThread<Result: Sendable>(
        for part: LaneRead,
        _ body: @Sendable () throws(ServiceError) -> Result
    ) async throws(ServiceError) -> Result {
        var size = 0
        for place in part.entries.indices {
            size += part.entries.withPayload(at: place) { SealedPayload.keyNumber(of: $0) == nil ? 0 : $0.count }
        }
        guard size > StreamVault.maximumBytesOnCallersThread else { return try body() }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { () async throws(ServiceError) in
            try body()
        }
    }

    /// Reads the log from an index on. Where the record there is damaged, it is left out: there is nothing then, and the place
    /// to read on is the one behind it.
    private func readLog(
        _ view: View,
        from index: UInt64,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> LaneRead {
        do throws(LogError) {
            return try await log.read(
                lane: view.lane,
                from: index,
                maximumCount: max(1, maximumCount),
                maximumBytes: max(1, maximumBytes)
            )
        } catch {
            guard error.code == .corrupt, let damaged = error.corruptIndex, damaged >= index else {
                throw serviceError(error)
            }
            let number = SequenceNumber(streamEpoch: epoch, shard: view.lane, index: damaged)
            damagedRecords.note(error, number: number, shard: view.shard.id, stream: self)
            return LaneRead(entries: LogEntries([]), nextIndex: damaged + 1, isAtTip: false)
        }
    }

    private func shardRead(_ part: LaneRead, _ view: View, maximumBytes: Int) throws(ServiceError) -> ShardRead {
        let entries = part.entries
        // What is encrypted is read from buffers of its own, so that none of these is to be kept.
        let areSealed = entries.indices.allSatisfy { place in
            entries.withPayload(at: place) { SealedPayload.keyNumber(of: $0) != nil }
        }
        var records = StoredRecords(in: areSealed ? [] : entries.buffers)
        records.reserve(entries.count)
        var nextIndex = part.nextIndex
        var isAtTip = part.isAtTip
        var room = maximumBytes
        for place in entries.indices {
            var isTaken = false
            do throws(ServiceError) {
                isTaken = try append(place, of: entries, to: &records, &room)
            } catch {
                // As with a damaged frame: those before it are given, and the read that begins with it fails.
                guard !records.isEmpty else { throw error }
            }
            guard isTaken else {
                nextIndex = entries.index(at: place)
                isAtTip = false
                break
            }
        }
        if let endingIndex = view.endingIndex, nextIndex >= endingIndex { isAtTip = true }
        var behind: Int64 = 0
        if !isAtTip, let last = records.places.last {
            // 0 says that the reader has caught up, which it has not.
            behind = max(1, view.now.millisecondsSinceEpoch - last.approximateArrival.millisecondsSinceEpoch)
        }
        return ShardRead(records: records, next: view.next(nextIndex, isAtTip: isAtTip), millisBehindLatest: behind)
    }

    /// Appends the record of an entry to others. Answers whether there was room for it, which for the first there always is.
    private func append(
        _ place: Int,
        of entries: LogEntries,
        to records: inout StoredRecords,
        _ room: inout Int
    ) throws(ServiceError) -> Bool {
        let (keyNumber, size, plain) = entries.withPayload(at: place) { bytes in
            let keyNumber = SealedPayload.keyNumber(of: bytes)
            let size = RecordPayload.contentSize(of: bytes, isSealed: keyNumber != nil)
            return (keyNumber, size, RecordPayload.content(of: bytes))
        }
        if size > room, !records.isEmpty { return false }
        room -= size
        let index = entries.index(at: place)
        let buffer: Int
        var content: RecordContentPlace
        if let keyNumber {
            let opened = try vault.open(entries[place].payload, keyNumber: keyNumber, shard: entries.lane, index: index)
            buffer = records.add(opened.bytes)
            content = opened.content
        } else if let plain {
            let payload = entries.payloadPlace(at: place)
            buffer = payload.buffer
            content = plain
            content.start += payload.start
        } else {
            throw ServiceError(.internalFailure, "Entry \(index) of the log of stream \(name) is no record.")
        }
        records.append(
            SequenceNumber(streamEpoch: epoch, shard: entries.lane, index: index),
            Timestamp(millisecondsSinceEpoch: entries.timestamp(at: place)),
            isEncrypted: keyNumber != nil,
            in: buffer,
            at: content.start,
            partitionKeySize: content.partitionKeySize,
            dataSize: content.dataSize
        )
        return true
    }
}
