import Synchronization

/// Hands records of one shard to its processor in several portions at a time, no two with the same partition key, and keeps
/// the checkpoint behind the first record that is not done.
final class ParallelDelivery: PageDelivery, Sendable {
    private struct State {
        var machine: KeyedDeliveryStateMachine
        /// The records that are not behind the checkpoint yet, by their number, and how far behind their fetch was.
        var records: [Int: (record: ConsumerRecord, millisBehindLatest: Int)] = [:]
        var count = 0
        var doneCount = 0
        /// Why nothing more is handed over; nil: it goes on.
        var ending: PortionDelivery.Outcome?
        /// Whether only the gaps are closed that other keys have left behind them.
        var isClosingGaps = false
        /// Tasks that wait for records.
        var idle: [CheckedContinuation<[Int]?, Never>] = []
        /// Waits until fewer records than that are left.
        var feeder: (limit: Int, continuation: CheckedContinuation<PortionDelivery.Outcome, Never>)?
    }

    private let tools: DeliveryTools
    private let keeper: CheckpointKeeper
    private let state: Mutex<State>
    /// So many tasks deliver.
    let parallelism: Int

    init(tools: DeliveryTools, keeper: CheckpointKeeper) {
        self.tools = tools
        self.keeper = keeper
        parallelism = tools.environment.configuration.parallelismPerShard
        let isOneByOne = tools.environment.handler.isOneByOne
        state = Mutex(State(machine: KeyedDeliveryStateMachine(parallelism: parallelism, isOneByOne: isOneByOne)))
    }

    // MARK: The task that brings pages

    /// Returns when no more records wait than the page had: one slow key does not hold the others up.
    func deliver(_ page: ShardPage) async -> PortionDelivery.Outcome {
        state.withLock { state in
            for record in page.records {
                state.records[state.count] = (record, page.millisBehindLatest)
                state.machine.add(key: record.partitionKey)
                state.count += 1
            }
        }
        handOut()
        return await wait(until: page.records.count + 1)
    }

    func finish() async -> PortionDelivery.Outcome {
        let outcome = await wait(until: 1)
        end(outcome)
        guard outcome == .delivered else { return outcome }
        return await keeper.save() ? .delivered : .stopped
    }

    private func wait(until limit: Int) async -> PortionDelivery.Outcome {
        await withCheckedContinuation { continuation in
            let outcome = state.withLock { state -> PortionDelivery.Outcome? in
                if let ending = state.ending { return ending }
                if state.isClosingGaps { return .stopped }
                if state.machine.pendingCount < limit { return .delivered }
                state.feeder = (limit, continuation)
                return nil
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }

    /// Hands over only what lies before records that were handed over already. While the lease is held, keys that were ahead
    /// of others are not repeated by the next worker.
    func closeGaps() {
        let (idle, feeder) = state.withLock { state in
            state.isClosingGaps = true
            state.machine.closeGaps()
            defer { state.idle = [] }
            return (state.idle, state.feeder.take())
        }
        // Those that wait found nothing to do: what is left follows on what is in hand.
        for continuation in idle { continuation.resume(returning: nil) }
        feeder?.continuation.resume(returning: .stopped)
    }

    /// Nothing more is handed over.
    private func end(_ outcome: PortionDelivery.Outcome) {
        let (idle, feeder) = state.withLock { state in
            state.ending = state.ending ?? outcome
            defer { state.idle = [] }
            return (state.idle, state.feeder.take())
        }
        for continuation in idle { continuation.resume(returning: nil) }
        feeder?.continuation.resume(returning: outcome)
    }

    // MARK: The tasks that deliver

    /// Delivers portions until nothing more is handed over.
    func work() async {
        while let portion = await nextPortion() {
            let records = state.withLock { state in portion.compactMap { state.records[$0] } }
            var delivery = PortionDelivery(tools: tools, finishesAtShutdown: true)
            let outcome = await delivery.deliver(
                records.map(\.record),
                millisBehindLatest: records.map(\.millisBehindLatest).max() ?? 0
            ) { done in
                if !done.isEmpty { note(portion[done]) }
                await keeper.saveIfDue()
            }
            guard outcome == .delivered else { return end(outcome) }
            let (isEverythingDone, feeder) = state.withLock { state in
                state.machine.finished(portion)
                let isReady = state.feeder.map { state.machine.pendingCount < $0.limit } ?? false
                return (state.machine.pendingCount == 0, isReady ? state.feeder.take() : nil)
            }
            feeder?.continuation.resume(returning: .delivered)
            handOut()
            if isEverythingDone, await !keeper.saveSoon() { return end(.stopped) }
        }
    }

    private func nextPortion() async -> [Int]? {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> [Int]?? in
                if state.ending != nil { return .some(nil) }
                if let portion = state.machine.next() { return portion }
                if state.isClosingGaps { return .some(nil) }
                state.idle.append(continuation)
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Gives portions to the tasks that wait.
    private func handOut() {
        let handed = state.withLock { state in
            var handed: [(CheckedContinuation<[Int]?, Never>, [Int])] = []
            while state.ending == nil, !state.idle.isEmpty, let portion = state.machine.next() {
                handed.append((state.idle.removeLast(), portion))
            }
            return handed
        }
        for (continuation, portion) in handed { continuation.resume(returning: portion) }
    }

    /// Records are done. The checkpoint may go to the last one before which all are.
    private func note(_ indices: ArraySlice<Int>) {
        state.withLock { state in
            for index in indices { state.machine.done(index) }
            guard state.machine.doneCount > state.doneCount else { return }
            if let last = state.records[state.machine.doneCount - 1] { keeper.advance(to: last.record) }
            for index in state.doneCount..<state.machine.doneCount { state.records[index] = nil }
            state.doneCount = state.machine.doneCount
        }
    }
}
