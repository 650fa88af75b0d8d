import NIOCore
import Synchronization
import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirWire

@testable import WeirConsumer

@Suite struct PrefetchTests {
    private let stream = WorkerHarness.stream

    // MARK: The decision

    @Test func aFetchBeginsBelowBothLimits() {
        var machine = PrefetchStateMachine(Prefetch(maximumRecords: 10, maximumBytes: 100))
        #expect(machine.mayFetch)
        machine.fetched(records: 9, bytes: 99)
        #expect(machine.mayFetch)
        machine.fetched(records: 1, bytes: 0)
        #expect(!machine.mayFetch)
        machine.taken(records: 9, bytes: 99)
        #expect(machine.mayFetch)
        machine.fetched(records: 0, bytes: 100)
        #expect(!machine.mayFetch)
    }

    @Test func aHandlerThatWaitsIsFetchedForWhateverTheLimits() {
        var machine = PrefetchStateMachine(.off)
        #expect(!machine.mayFetch)
        machine.handlerWaits()
        #expect(machine.mayFetch)
        machine.fetched(records: 1000, bytes: 1000)
        #expect(!machine.mayFetch)
        machine.taken(records: 1000, bytes: 1000)
        #expect(!machine.mayFetch)
        machine.handlerWaits()
        #expect(machine.mayFetch)
    }

    // MARK: The buffer

    private func page(_ number: Int) -> PageBuffer.Element {
        let record = ConsumerRecord(shardID: "", sequenceNumber: "\(number)", partitionKey: "k", data: ByteBuffer())
        return .page(
            ShardPage(ReadPosition.Passage(records: [record]), millisBehindLatest: 0, isEnd: false, children: [])
        )
    }

    private func number(_ element: PageBuffer.Element?) -> String? {
        if case .page(let page) = element { page.records.first?.sequenceNumber } else { nil }
    }

    @Test func theBufferKeepsTheOrderAndEndsWhenAllIsTaken() async {
        let buffer = PageBuffer(Prefetch(maximumRecords: 3, maximumBytes: 100))
        async let read: Int = {
            var count = 0
            while count < 100, await buffer.mayFetch() {
                buffer.put(page(count))
                count += 1
            }
            buffer.finish()
            return count
        }()
        var taken: [String] = []
        while let next = number(await buffer.next()) { taken.append(next) }
        #expect(taken == (0..<100).map(String.init))
        #expect(await read == 100)
    }

    @Test func closingEndsBothSides() async {
        let full = PageBuffer(Prefetch(maximumRecords: 1, maximumBytes: 1))
        full.put(page(0))
        async let mayFetch = full.mayFetch()
        let empty = PageBuffer(Prefetch())
        async let next = empty.next()
        full.close()
        empty.close()
        #expect(await !mayFetch)
        #expect(number(await next) == nil)
        #expect(number(await full.next()) == nil)
        #expect(await !empty.mayFetch())
    }

    // MARK: Workers

    /// How many records were fetched while the handler was at the first one.
    private func fetchedAhead(_ prefetch: Prefetch, expecting count: Int) async throws -> Int {
        let harness = WorkerHarness(shards: 1, failoverTime: .seconds(4))
        try harness.put(0..<100)
        let fetches = Mutex(0)
        harness.kinesis.fail { action in
            if action == "GetRecords" { fetches.withLock { $0 += 1 } }
            return nil
        }
        let isBusy = Mutex(false)
        let isFree = Mutex(false)
        let worker = harness.worker("a") {
            $0.maximumRecordsPerFetch = 5
            $0.prefetch = prefetch
        } handle: { record, _ in
            isBusy.withLock { $0 = true }
            if String(buffer: record.data) == "0" { try await eventually("free") { isFree.withLock { $0 } } }
        }
        let ahead = Mutex(0)
        try await harness.run(worker) {
            try await eventually("busy") { isBusy.withLock { $0 } }
            try await eventually("read ahead") { fetches.withLock { $0 } >= count }
            // A fetch too many would come at once; the lease's renewals show that time has passed.
            let counter = harness.lease(ShardID(0).description)?.counter ?? 0
            try await eventually("time passes") { harness.lease(ShardID(0).description)?.counter ?? 0 > counter }
            ahead.withLock { $0 = fetches.withLock { $0 } }
            isFree.withLock { $0 = true }
            try await eventually("all") { harness.journal.entries.count == 100 }
        }
        #expect(harness.journal.data == (0..<100).map(String.init))
        return ahead.withLock { $0 }
    }

    @Test func theNextFetchesRunWhileTheHandlerWorks() async throws {
        // One is in hand; two wait, which is the limit.
        #expect(try await fetchedAhead(Prefetch(maximumRecords: 10), expecting: 3) == 3)
    }

    @Test func bytesCountToo() async throws {
        // A record has a key of five bytes or six and one byte or two of data.
        #expect(try await fetchedAhead(Prefetch(maximumBytes: 31), expecting: 3) == 3)
    }

    @Test func switchedOffNothingIsFetchedAhead() async throws {
        #expect(try await fetchedAhead(.off, expecting: 1) == 1)
    }

    @Test func whatWasFetchedAheadIsLeftToTheNextWorker() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<100)
        let isStuck = Mutex(false)
        let first = harness.worker("a") {
            $0.maximumRecordsPerFetch = 5
            $0.shutdownTimeout = .milliseconds(50)
        } handle: { record, _ in
            guard String(buffer: record.data) == "7" else { return }
            isStuck.withLock { $0 = true }
            try await Task.sleep(for: .seconds(3600))
        }
        try await harness.run(first) { try await eventually("stuck") { isStuck.withLock { $0 } } }
        try await harness.run(harness.worker("b")) {
            try await eventually("the rest") { harness.journal.entries.count == 100 }
        }
        #expect(harness.journal.data == (0..<100).map(String.init))
    }

    @Test func aHaltedShardIsNotReadOn() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.put(0..<100)
        let worker = harness.worker("a") {
            $0.failurePolicy.onFailure = .stop
            $0.prefetch = Prefetch(maximumRecords: 1, maximumBytes: 1)
            $0.maximumRecordsPerFetch = 5
        } handle: { record, _ in
            if String(buffer: record.data) == "7" { throw RecordRejection("no") }
        }
        try await harness.run(worker) {
            try await eventually("checkpointed before it") {
                harness.lease(ShardID(0).description)?.checkpoint
                    == .sequenceNumber(harness.kinesis.records(stream)[6].sequenceNumber)
            }
        }
        #expect(harness.journal.data == (0..<7).map(String.init))
    }
}
