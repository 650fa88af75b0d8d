import NIOCore
import Synchronization
import WeirClient
import WeirConsumer
import WeirProcess
import WeirProducer
import WeirRuntime
import WeirWire

extension Demo {
    /// The story: each step waits for what it says, and only then lets the producer go on.
    func runSteps(_ clients: DemoClients) async throws -> Bool {
        _ = try await clients.kinesis.call(CreateStream.self, .init(streamName: Self.stream, shardCount: 4))
        screen.tell("  2  stream \(Self.stream) with 4 shards")
        return try await withThrowingTaskGroup(of: Void.self) { group in
            let (starts, workerStarter) = AsyncStream<String>.makeStream()
            let context = StepContext(clients: clients, workerStarter: workerStarter)
            group.addTask { await self.runWorkers(starts, clients.endpoint) }
            group.addTask { await self.beside { try await self.watchShares(clients) } }
            group.addTask { await self.beside { try await self.feed(clients) } }
            screen.tell("  3  putting \(lines.count) flight events, one request in flight per aircraft")
            let failOver = try await coverForEachOther(context)
            try await reshard(context)
            try await drain(clients)
            group.cancelAll()
            return try await report(clients, failOver: failOver)
        }
    }

    struct StepContext {
        var clients: DemoClients
        /// Takes the names of workers to start.
        var workerStarter: AsyncStream<String>.Continuation

        func runWorker(_ name: String) { workerStarter.yield(name) }
    }

    private func runWorkers(_ starts: AsyncStream<String>, _ endpoint: String) async {
        await withTaskGroup(of: Void.self) { group in
            for await name in starts {
                group.addTask { await self.beside { try await self.runWorker(name, endpoint) } }
            }
            group.cancelAll()
        }
    }

    /// Runs something beside the story; what it throws ends the story.
    private func beside(_ work: () async throws -> Void) async {
        do { try await work() } catch {
            guard !Task.isCancelled else { return }
            failure.withLock { if $0 == nil { $0 = error } }
        }
    }

    /// Steps 4 to 6. Returns how long it took from the kill to the first record of an orphaned shard.
    private func coverForEachOther(_ context: StepContext) async throws -> Duration {
        let (victim, survivor) = (Self.workers[0], Self.workers[1])
        for worker in Self.workers { context.runWorker(worker) }
        allow(fraction: 0.15)
        try await waitForShare(of: Self.workers, shardCount: 4)
        tellShare("  4  two workers share the shards")

        allow(fraction: 0.5)
        try await waitForDelivery(of: 0.25)
        let orphaned = Set(shares.withLock { $0.rows.filter { $0.owner == victim }.map(\.shardID) })
        let killedAt = time.monotonicNanoseconds
        let processID = processes.processID(victim).map { "\($0)" } ?? "?"
        processes.kill(victim)
        screen.tell(
            "  5  kill -9 \(victim) (process \(processID)), which held \(orphaned.sorted().joined(separator: ", "))"
        )
        var takenOverAt: UInt64?
        try await wait(for: "\(survivor) to take over") {
            takenOverAt = self.firstDelivery(by: survivor, from: orphaned, after: killedAt)
            return takenOverAt != nil
        }
        let failOver = Duration.nanoseconds(Int64((takenOverAt ?? killedAt) - killedAt))
        try await waitForShare(of: [survivor], shardCount: 4)
        screen.tell("     \(survivor) processed the first orphaned record \(failOver.inMilliseconds) ms after the kill")

        context.runWorker(victim)
        try await waitForShare(of: Self.workers, shardCount: 4)
        tellShare("  6  \(victim) is back")
        return failOver
    }

    /// Step 7: five shards, then four again.
    private func reshard(_ context: StepContext) async throws {
        let kinesis = context.clients.kinesis
        allow(fraction: 0.7)
        try await waitForDelivery(of: 0.55)
        let open = try await ShardListing.open(of: Self.stream, kinesis: kinesis)
        guard let parent = open.first, let middle = ShardListing.middle(of: parent.hashKeyRange) else {
            throw CommandFailure("\(Self.stream) has no open shard")
        }
        _ = try await kinesis.call(
            SplitShard.self,
            .init(streamName: Self.stream, shardToSplit: parent.shardID, newStartingHashKey: middle)
        )
        screen.tell("  7  split \(parent.shardID)")
        try await waitForShare(of: Self.workers, shardCount: 5)
        tellShare("     five shards")

        allow(fraction: 0.9)
        try await waitForDelivery(of: 0.75)
        let afterSplit = try await ShardListing.open(of: Self.stream, kinesis: kinesis)
        let pair = afterSplit.suffix(2).map(\.shardID)
        _ = try await kinesis.call(
            MergeShards.self,
            .init(streamName: Self.stream, shardToMerge: pair[0], adjacentShardToMerge: pair[1])
        )
        screen.tell("     merged \(pair[0]) and \(pair[1])")
        try await waitForShare(of: Self.workers, shardCount: 4)
        tellShare("     four shards")
        allow(fraction: 1)
    }

    /// Lets the rest through, and ends the workers cleanly.
    private func drain(_ clients: DemoClients) async throws {
        try await wait(for: "the last records", within: .seconds(120)) {
            self.ledger.withLock { $0.putCount == self.lines.count && $0.deliveredCount == $0.putCount }
        }
        for worker in Self.workers { processes.terminate(worker) }
        try await wait(for: "the workers to end") { !Self.workers.contains { self.processes.isRunning($0) } }
    }

    private func runWorker(_ name: String, _ endpoint: String) async throws {
        let termination = try await ChildProcess.run(
            DemoFolder.executable,
            arguments: [
                "demo-worker", Self.stream, "--application", Self.application, "--worker", name, "--endpoint", endpoint,
                "--region", "us-east-1", "--failover-time", "\(Self.failoverTime)", "--log-level", "error",
            ],
            output: .lines { line in
                guard let report = DemoReport(line) else { return }
                let delivery = DemoLedger.Delivery(
                    worker: name,
                    shardID: report.shardID,
                    sequenceNumber: report.sequenceNumber,
                    nanoseconds: report.nanoseconds,
                    isAccepted: report.isAccepted
                )
                self.deliveries.withLock { $0.append(delivery) }
                self.ledger.withLock { $0.deliver(delivery) }
            },
            onStart: { self.processes.started(name, $0) }
        )
        guard processes.ended(name) else { throw CommandFailure("\(name) ended: \(termination)") }
    }

    private func firstDelivery(by worker: String, from shards: Set<String>, after start: UInt64) -> UInt64? {
        deliveries.withLock { deliveries in
            deliveries.lazy
                .filter { $0.worker == worker && shards.contains($0.shardID) && $0.nanoseconds > start }
                .map(\.nanoseconds).min()
        }
    }

    private func waitForShare(of workers: [String], shardCount: Int) async throws {
        try await wait(for: "\(workers.joined(separator: " and ")) to share \(shardCount) shards") {
            self.shares.withLock { $0.isShared(by: workers, shardCount: shardCount) }
        }
    }

    private func tellShare(_ what: String) {
        let table = shares.withLock { $0 }
        screen.tell("\(what): \(table.share(of: Self.workers))")
        for row in table.rows { screen.tell("       \(row.shardID)  \(row.owner ?? "-")") }
    }

    private func allow(fraction: Double) {
        allowedLines.withLock { $0 = fraction == 1 ? lines.count : Int(Double(lines.count) * fraction) }
    }

    /// Waits until that part of the file has been given to handlers: each step comes in the middle of the work.
    private func waitForDelivery(of fraction: Double) async throws {
        try await wait(for: "\(Int(fraction * 100)) % to be processed", within: duration + .seconds(60)) {
            Double(self.ledger.withLock { $0.deliveredCount }) >= Double(self.lines.count) * fraction
        }
    }
}

extension Duration {
    /// Whole milliseconds.
    var inMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
