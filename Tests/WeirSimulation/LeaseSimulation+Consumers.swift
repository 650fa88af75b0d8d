import WeirLeases
import WeirModel

// What consumers do.
extension LeaseSimulation {
    func start(_ lease: Lease, _ holdUntil: UInt64, _ worker: SimulatedWorker) {
        for parent in lease.parentShardIDs {
            if let parent = self.lease(lease.key(of: parent)), !parent.isEnded {
                violate("\(worker.id) began \(lease.key) while the lease of \(parent.key) has not ended")
            }
        }
        oracle.started(lease, by: worker.id, stream, table, at: now)
        if worker.consumers[lease.key] != nil { violate("two consumers of \(lease.key) in \(worker.id)") }
        let consumer = SimulatedConsumer(
            worker: worker.id,
            position: beginning(of: lease),
            holdUntil: holdUntil
        )
        worker.consumers[lease.key] = consumer
        started[lease.key] = (worker.id, now)
        tell("\(worker.id) reads \(lease.key) after \(consumer.position)")
        if let pending = lease.pendingCheckpoint, pending.checkpoint > lease.checkpoint, random.once(in: 2) {
            // It has taken effect: the second half is made up for.
            consumer.position = pending.checkpoint.position
            return commit(lease.key, consumer, worker)
        }
        plan(lease.key, consumer, worker, at: now)
    }

    /// The record before the first one to read.
    private func beginning(of lease: Lease) -> Int {
        guard let timestamp = lease.initialTimestamp, let shard = stream.shards[lease.key] else {
            return lease.checkpoint.position
        }
        switch lease.checkpoint {
        case .latest, .atTimestamp:
            if defect == .latestIsResolvedAgain { return shard.newest(at: now) }
            return shard.last(before: UInt64(max(0, timestamp.millisecondsSinceEpoch)) * Self.millisecond)
        default: return lease.checkpoint.position
        }
    }

    /// Takes the next step at a time, unless another one is planned meanwhile.
    private func plan(_ key: String, _ consumer: SimulatedConsumer, _ worker: SimulatedWorker, at time: UInt64) {
        consumer.step += 1
        let step = consumer.step
        at(time) {
            self.whenAwake(worker) {
                guard consumer.step == step, worker.consumers[key] === consumer else { return }
                self.next(key, consumer, worker)
            }
        }
    }

    /// Hands out the next records, when the consumer may.
    private func next(_ key: String, _ consumer: SimulatedConsumer, _ worker: SimulatedWorker) {
        guard consumer.isIdle else { return }
        let shard = stream.shards[key]
        if worker.isCut(from: .stream, at: now) {
            if consumer.stopReason != nil { return leaveInOrder(key, consumer, worker) }
            return plan(key, consumer, worker, at: worker.cutUntil[.stream, default: 0])
        }
        if let end = shard?.end, consumer.position >= end { return finish(key, consumer, worker) }
        guard consumer.stopReason == nil else { return leaveInOrder(key, consumer, worker) }
        guard now < consumer.holdUntil || defect == .noSelfFence else {
            // A renewal or the loss of the lease will tell.
            return consumer.isOutOfTime = true
        }
        let there = shard?.newest(at: now) ?? .max
        guard there > consumer.position else {
            guard let shard else { return }
            return plan(key, consumer, worker, at: shard.arrival(of: consumer.position + 1) + Self.millisecond)
        }
        for rival in busy[key] ?? [] where rival.worker != worker.id && now < rival.holdUntil {
            guard !oracle.mayOverlap(key, at: now) else { continue }
            violate("\(key) is processed by \(worker.id) and \(rival.worker)")
        }
        if let stream = shard?.stream, !worker.streams.contains(stream) {
            violate("\(worker.id) goes on with \(key), whose stream is not to be read")
        }
        oracle.handedOut(key, to: worker.id, at: now)
        consumer.batch = consumer.position + min(batchSize, there - consumer.position)
        busy[key, default: []].append(consumer)
        at(now + batchTime) { self.whenAwake(worker) { self.finishBatch(key, consumer, worker) } }
    }

    func isNotBusy(_ consumer: SimulatedConsumer, _ key: String) {
        consumer.batch = nil
        busy[key]?.removeAll { $0 === consumer }
    }

    private func finishBatch(_ key: String, _ consumer: SimulatedConsumer, _ worker: SimulatedWorker) {
        guard worker.consumers[key] === consumer, let last = consumer.batch else { return }
        isNotBusy(consumer, key)
        let first = consumer.position + (defect == .skipsARecord && random.once(in: 20) ? 2 : 1)
        consumer.position = last
        if first <= last {
            for position in first...last {
                oracle.processed(key, position, by: worker.id, at: now)
                let record = Processed(shard: key, position: position, worker: worker.id, time: now)
                if keepsRecords { processed.append(record) }
                newest[key] = record
            }
        }
        note(last)
        // A handler that goes on after the loss of its lease ends with the batch.
        guard consumer.stopReason != .leaseLost else { return leave(key, worker) }
        guard preparesCheckpoints, random.once(in: 3) else { return commit(key, consumer, worker) }
        consumer.awaited = last
        let pending = PendingCheckpoint(.position(last), state: Array("\(worker.id) \(now)".utf8))
        consumer.preparation = pending
        tell(worker, .prepare(key: key, pending))
    }

    private func commit(_ key: String, _ consumer: SimulatedConsumer, _ worker: SimulatedWorker) {
        consumer.awaited = consumer.position
        consumer.isUncommitted = false
        tell(worker, .checkpoint(key: key, .position(consumer.position)))
    }

    func prepared(_ key: String, _ pending: PendingCheckpoint, _ worker: SimulatedWorker) {
        oracle.told(pending, of: key, at: now)
        guard let consumer = worker.consumers[key], consumer.preparation == pending else { return }
        consumer.preparation = nil
        guard consumer.stopReason == nil, random.once(in: 3) else { return commit(key, consumer, worker) }
        // The second half comes with a later checkpoint.
        consumer.isUncommitted = true
        consumer.awaited = nil
        plan(key, consumer, worker, at: now + idleTime)
    }

    func checkpointed(_ key: String, _ checkpoint: LeaseCheckpoint, _ worker: SimulatedWorker) {
        guard let consumer = worker.consumers[key] else { return }
        if checkpoint == .shardEnd { return leave(key, worker) }
        guard let awaited = consumer.awaited, checkpoint.position >= awaited else { return }
        consumer.awaited = nil
        plan(key, consumer, worker, at: consumer.stopReason == nil ? now + idleTime : now)
    }

    func hold(_ key: String, _ deadline: UInt64, _ worker: SimulatedWorker) {
        guard let consumer = worker.consumers[key] else { return }
        consumer.holdUntil = max(consumer.holdUntil, deadline)
        guard consumer.isOutOfTime else { return }
        consumer.isOutOfTime = false
        plan(key, consumer, worker, at: now)
    }

    /// The shard was read to its end.
    private func finish(_ key: String, _ consumer: SimulatedConsumer, _ worker: SimulatedWorker) {
        guard consumer.stopReason != .leaseLost else { return leave(key, worker) }
        consumer.isEnding = true
        createChildren(of: key, worker) { created in
            guard worker.consumers[key] === consumer else { return }
            if consumer.stopReason == .leaseLost { return self.leave(key, worker) }
            guard let created else {
                guard consumer.stopReason == nil else { return self.leave(key, worker) }
                let pause = 100 * Self.millisecond + self.random.time(below: 100 * Self.millisecond)
                return self.at(self.now + pause) {
                    self.whenAwake(worker) {
                        guard worker.consumers[key] === consumer else { return }
                        self.finish(key, consumer, worker)
                    }
                }
            }
            self.tell(worker, .created(created))
            self.tell(worker, .checkpoint(key: key, .shardEnd))
        }
    }

    func stop(_ key: String, _ reason: LeaseStateMachine.StopReason, _ worker: SimulatedWorker) {
        guard let consumer = worker.consumers[key] else { return }
        if defect == .noSelfFence, reason == .leaseLost, worker.isCut(from: .table, at: now) { return }
        consumer.stopReason = reason
        if reason == .leaseLost {
            // Some handlers notice that they are cancelled; others finish the batch at hand.
            if consumer.batch == nil || random.once(in: 2) { leave(key, worker) }
            return
        }
        if defect == .handsOverWhileReading { return tell(worker, .consumerStopped(key: key)) }
        // A batch at hand is finished and checkpointed; otherwise it stops at once.
        if consumer.isIdle { leaveInOrder(key, consumer, worker) }
    }

    /// Leaves a shard to the next worker, after the second half of a checkpoint that was put off.
    private func leaveInOrder(_ key: String, _ consumer: SimulatedConsumer, _ worker: SimulatedWorker) {
        guard consumer.isUncommitted, consumer.stopReason == .shutdownRequested else { return leave(key, worker) }
        commit(key, consumer, worker)
    }

    private func leave(_ key: String, _ worker: SimulatedWorker) {
        if let consumer = worker.consumers.removeValue(forKey: key) { isNotBusy(consumer, key) }
        at(now) { self.tell(worker, .consumerStopped(key: key)) }
    }
}

// What happens to shards.
extension LeaseSimulation {
    /// Ends shards soon after what was processed so far.
    package func end(_ shards: [String], children: [String], after count: Int = 5) {
        for child in children { stream.add(.init(key: child, parents: shards)) }
        for shard in shards {
            stream.close(shard, after: oracle.highest[shard, default: 0] + count, children: children)
        }
    }

    /// Opens the shards of a stream, or of each, whose records come one each interval since a time.
    package func open(_ count: Int, since time: UInt64, interval: UInt64) {
        guard !streams.isEmpty else { return stream.open(count, of: nil, at: time, interval: interval) }
        for identity in streams { stream.open(count, of: identity, at: time, interval: interval) }
        readStreams = Set(streams)
    }

    /// Gives shards a weight each: most little, some much, some nothing.
    package func skew(using random: inout SplitMix64) {
        for shard in stream.open {
            let magnitude = random.pick([0, 1_000, 10_000, 100_000, 100_000, 1_000_000]) ?? 0
            stream.weigh(shard.key, Int64(random.time(below: UInt64(magnitude) + 1)))
        }
    }

    package func split(_ key: String, isSilent: Bool = false) {
        tell("\(key) is split")
        stream.split(key, at: now, isSilent: isSilent)
        lookAgain(key)
    }

    package func merge(_ first: String, _ second: String) {
        tell("\(first) and \(second) are merged")
        stream.merge(first, second, at: now)
        lookAgain(first)
        lookAgain(second)
    }

    /// Has the stream list a shard no more that aged out.
    package func unlist(_ key: String) { stream.unlist(key) }

    /// Whoever waits for the next record of a shard is answered when the shard is closed.
    private func lookAgain(_ key: String) {
        for id in workerIDs {
            guard let worker = workers[id], let consumer = worker.consumers[key], consumer.isIdle else { continue }
            plan(key, consumer, worker, at: now + Self.millisecond)
        }
    }
}
