import Synchronization
import WeirConsumer
import WeirLeases
import WeirModel
import WeirSimulation

// What handlers do, and where records go that they cannot process.
extension WorkerSimulation {
    private struct Failure: Error {}

    func handler(_ id: String, _ process: SimulatedProcess, _ clock: SimulatedClock) -> RecordHandler {
        let work = HandlerWork(id: id, process: process, clock: clock, simulation: self)
        guard settings.isOneByOne else { return .batches { try await work.handle($0, $1) } }
        return .records { record, shard in try await work.handle(RecordBatch([record][...]), shard) }
    }

    /// Takes letters, though not always at once.
    func deadLetters(_ process: SimulatedProcess, seed: UInt64) -> DeadLetterClosure {
        let random = Mutex(SplitMix64(seed: seed))
        let (oracle, scheduler, isLost) = (oracle, scheduler, defect == .deadLettersAreLost)
        return DeadLetterClosure { letter in
            let (pause, fails) = random.withLock { ($0.time(below: 10_000_000), $0.once(in: 10)) }
            try await scheduler.sleep(nanoseconds: pause)
            if fails { throw ServiceError(.throttling, "Slow down") }
            if process.isAlive, !isLost { oracle.deadLettered(letter, at: scheduler.now) }
        }
    }

    /// The handler of one worker.
    private struct HandlerWork: Sendable {
        let id: String
        let process: SimulatedProcess
        let clock: SimulatedClock
        let oracle: WorkerOracle
        let scheduler: SimulatedScheduler
        let settings: Settings
        let defect: WorkerDefect?

        init(id: String, process: SimulatedProcess, clock: SimulatedClock, simulation: WorkerSimulation) {
            (self.id, self.process, self.clock) = (id, process, clock)
            (oracle, scheduler) = (simulation.oracle, simulation.scheduler)
            (settings, defect) = (simulation.settings, simulation.defect)
        }

        func handle(_ batch: RecordBatch, _ shard: ShardContext) async throws {
            guard process.isAlive, let last = batch.last else { throw CancellationError() }
            let key = shard.leaseKey
            oracle.handedOut(batch, of: key, to: id, at: scheduler.now)
            if defect == .checkpointsBeforeProcessing { try await shard.checkpoint(at: last) }
            for record in batch {
                do {
                    try await scheduler.sleep(nanoseconds: settings.recordTime)
                } catch {
                    guard settings.ignoresCancellation else { throw error }
                }
                guard process.isAlive else { throw CancellationError() }
                try process(record, key)
            }
            await checkpoint(at: last, shard)
        }

        private func process(_ record: ConsumerRecord, _ key: String) throws {
            guard let known = oracle.record(record, of: key) else { return }
            if known.isProcessed { return oracle.processed(record, of: key, by: id, at: scheduler.now) }
            let count = oracle.failed(record, of: key, at: scheduler.now)
            if defect == .failuresAreSwallowed { return }
            if known.fate == .rejected { throw RecordRejection("refused") }
            oracle.tell("   \(id) fails on a record of \(key) for the \(count). time", at: scheduler.now)
            throw Failure()
        }

        /// A checkpoint that fails was too late: the next worker begins where the last one was.
        private func checkpoint(at record: ConsumerRecord, _ shard: ShardContext) async {
            switch settings.checkpoints {
            case .automatic: break
            case .byHandler: try? await shard.checkpoint(at: record)
            case .prepared: try? await shard.prepareCheckpoint(at: record).commit()
            }
        }
    }
}
