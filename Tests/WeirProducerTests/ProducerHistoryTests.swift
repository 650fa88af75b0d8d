import NIOCore
import Testing
import WeirModel
import WeirTestTools
import WeirWire

@testable import WeirProducer

/// A producer in random company, on a virtual clock: callers who put, cancel and flush, and a service that takes some
/// records of a call and not others, answers late, loses answers to calls that it performed, or refuses.
private struct History {
    enum Event {
        case put
        case tick
        case answer(UInt64)
        case shutDown
    }

    let configuration: ProducerConfiguration
    private var machine: Machine
    private var random: SeededGenerator
    /// What is to happen; the number keeps the order of events of one time.
    private var agenda: [(time: UInt64, number: Int, event: Event)] = []
    private var numberOfEvents = 0
    private var now: UInt64 = 0

    private var putsLeft: Int
    private var nextTicket = 0
    private var records: [Int: ProducerRecord] = [:]
    private var acceptedAt: [Int: UInt64] = [:]
    private var acceptedOrder: [Int] = []
    private var waiting: [UInt64: Int] = [:]
    private var completed: [Int: Result<PutReceipt, ProducerError>] = [:]
    private var onTheirWay: [UInt64: [PutRecordsRequestEntry]] = [:]
    private var flushes: [UInt64: Set<Int>] = [:]
    /// What the service has, by key, in the order it took it.
    private(set) var shards: [String: [Int]] = [:]
    private var finishes = 0
    private var incompleteSizeInBytes = 0

    let longestCall = 3 * second

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var configuration = ProducerConfiguration()
        configuration.ordering = Bool.random(using: &random) ? .perPartitionKey : .none
        configuration.maximumBatchCount = Int.random(in: 1...20, using: &random)
        configuration.maximumBatchSizeInBytes = Int.random(in: 100...5000, using: &random)
        configuration.maximumConcurrentCalls = Int.random(in: 1...4, using: &random)
        configuration.maximumBufferedSizeInBytes = Int.random(in: 3000...20_000, using: &random)
        configuration.linger = .milliseconds(Int.random(in: 0...20, using: &random))
        configuration.recordTimeToLive = .milliseconds(Int.random(in: 500...10_000, using: &random))
        self.configuration = configuration
        machine = Machine(configuration: configuration)
        putsLeft = 400
        self.random = random
        schedule(.put, after: 0)
    }

    /// Plays to the end.
    mutating func play() throws {
        while let next = agenda.indices.min(by: {
            (agenda[$0].time, agenda[$0].number) < (agenda[$1].time, agenda[$1].number)
        }) {
            let (time, _, event) = agenda.remove(at: next)
            now = time
            switch event {
            case .put: try put()
            case .tick: perform(machine.tick(now: now))
            case .answer(let batch): answer(batch)
            case .shutDown: perform(machine.shutDown(now: now))
            }
            checkBounds()
        }
    }

    private mutating func schedule(_ event: Event, after delay: UInt64) {
        agenda.append((now + delay, numberOfEvents, event))
        numberOfEvents += 1
    }

    private mutating func put() throws {
        nextTicket += 1
        let ticket = nextTicket
        let key = "key-\(Int.random(in: 0..<8, using: &random))"
        let record = try record(ticket, key: key, size: Int.random(in: 5...800, using: &random))
        records[ticket] = record
        let (admission, actions) = machine.put(record, ticket: ticket, now: now)
        switch admission {
        case .accepted: accepted(ticket)
        case .waiting(let waiter): waiting[waiter] = ticket
        case .refused: Issue.record("refused before the shutdown")
        }
        perform(actions)
        if let waiter = waiting.keys.randomElement(using: &random), Int.random(in: 0..<10, using: &random) == 0 {
            let (wasWaiting, actions) = machine.cancelWaiting(waiter, now: now)
            #expect(wasWaiting)
            waiting[waiter] = nil
            perform(actions)
        }
        if Int.random(in: 0..<25, using: &random) == 0 {
            let (flush, actions) = machine.flush(now: now)
            let incomplete = Set(acceptedOrder).subtracting(completed.keys)
            #expect((flush == nil) == incomplete.isEmpty)
            if let flush { flushes[flush] = incomplete }
            perform(actions)
        }
        putsLeft -= 1
        let pause = UInt64.random(in: 0...(Bool.random(using: &random) ? 2 : 40), using: &random) * millisecond
        schedule(putsLeft > 0 ? .put : .shutDown, after: pause)
    }

    private mutating func accepted(_ ticket: Int) {
        #expect(acceptedAt[ticket] == nil)
        acceptedAt[ticket] = now
        acceptedOrder.append(ticket)
        incompleteSizeInBytes += records[ticket]?.bufferedSizeInBytes ?? 0
    }

    private mutating func perform(_ actions: [Machine.Action]) {
        for action in actions {
            switch action {
            case .send(let batch): begin(batch)
            case .wake(let time): schedule(.tick, after: time > now ? time - now : 0)
            case .complete(let ticket, let result): complete(ticket, result)
            case .admit(let waiter):
                if let ticket = waiting.removeValue(forKey: waiter) {
                    accepted(ticket)
                } else {
                    Issue.record("a put was admitted that does not wait")
                }
            case .refuse: Issue.record("a put was refused before the end")
            case .flushed(let flush):
                let before = flushes.removeValue(forKey: flush)
                #expect(before?.allSatisfy { completed[$0] != nil } == true)
            case .finish: finishes += 1
            }
        }
    }

    private mutating func begin(_ batch: Machine.Batch) {
        #expect(!batch.entries.isEmpty && batch.entries.count <= configuration.maximumBatchCount)
        let size = batch.entries.reduce(0) { $0 + (records[ticket($1)]?.sizeInBytes ?? 0) }
        #expect(size <= configuration.maximumBatchSizeInBytes || batch.entries.count == 1)
        onTheirWay[batch.id] = batch.entries
        let tickets = onTheirWay.values.joined().map(ticket)
        #expect(Set(tickets).count == tickets.count)
        #expect(tickets.allSatisfy { completed[$0] == nil && acceptedAt[$0] != nil })
        if configuration.ordering == .perPartitionKey {
            let keys = onTheirWay.values.joined().map(\.partitionKey)
            #expect(Set(keys).count == keys.count)
        }
        #expect(onTheirWay.count <= configuration.maximumConcurrentCalls)
        schedule(
            .answer(batch.id),
            after: UInt64.random(in: 1...longestCall / millisecond, using: &random) * millisecond
        )
    }

    private mutating func answer(_ batch: UInt64) {
        guard let entries = onTheirWay.removeValue(forKey: batch) else { return }
        let jitter = Double.random(in: 0..<1, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            perform(machine.requestFailed(batch, error: ServiceError(.connectionFailure, ""), now: now, jitter: jitter))
        case 1:
            // Performed, but the answer was lost.
            for entry in entries { take(entry) }
            perform(machine.requestFailed(batch, error: ServiceError(.timeout, ""), now: now, jitter: jitter))
        case 2 where Bool.random(using: &random):
            perform(machine.requestFailed(batch, error: ServiceError(.accessDenied, ""), now: now, jitter: jitter))
        default:
            var results: [PutRecordsResultEntry] = []
            for entry in entries {
                switch Int.random(in: 0..<20, using: &random) {
                case 0..<6: results.append(failure(.provisionedThroughputExceeded))
                case 6: results.append(failure(.validation))
                default:
                    take(entry)
                    results.append(success(ticket(entry)))
                }
            }
            perform(machine.responded(batch, results: results, now: now, jitter: jitter))
        }
    }

    private mutating func take(_ entry: PutRecordsRequestEntry) {
        shards[entry.partitionKey ?? "", default: []].append(ticket(entry))
    }

    private mutating func complete(_ ticket: Int, _ result: Result<PutReceipt, ProducerError>) {
        #expect(completed[ticket] == nil)
        #expect(acceptedAt[ticket] != nil)
        completed[ticket] = result
        incompleteSizeInBytes -= records[ticket]?.bufferedSizeInBytes ?? 0
        let age = now - (acceptedAt[ticket] ?? 0)
        let timeToLive = configuration.recordTimeToLive.wholeNanoseconds
        #expect(age <= timeToLive + longestCall)
        switch result {
        case .success(let receipt):
            #expect(receipt.sequenceNumber == "\(ticket)")
            #expect(shards[records[ticket]?.partitionKey ?? ""]?.contains(ticket) == true)
        case .failure(let error):
            #expect(error.code == .expired || error.code == .refused)
            // Early only when the next try would have come too late.
            if error.code == .expired { #expect(age + 2 * second >= timeToLive) }
        }
    }

    private func checkBounds() {
        let isWithin =
            machine.incompleteCount == acceptedOrder.count - completed.count
            && machine.bufferedSizeInBytes == incompleteSizeInBytes
            && incompleteSizeInBytes <= configuration.maximumBufferedSizeInBytes
            && machine.callsOnTheirWay == onTheirWay.count && machine.waitingCount == waiting.count
        #expect(isWithin)
    }

    /// After the end: nothing is open, and what the service has is in order.
    func checkEnd() {
        #expect(finishes == 1)
        #expect(completed.count == acceptedOrder.count)
        #expect(waiting.isEmpty && flushes.isEmpty && onTheirWay.isEmpty)
        #expect(completed.count > 50)
        guard configuration.ordering == .perPartitionKey else { return }
        for tickets in shards.values {
            var seen: Set<Int> = []
            let firstDeliveries = tickets.filter { seen.insert($0).inserted }
            let positions = firstDeliveries.compactMap { acceptedOrder.firstIndex(of: $0) }
            #expect(positions == positions.sorted())
        }
    }
}

@Suite struct ProducerHistoryTests {
    @Test(arguments: 0..<60 as Range<UInt64>) func everyAcceptedRecordCompletesOnceAndInOrder(seed: UInt64) throws {
        var history = History(seed: seed)
        try history.play()
        history.checkEnd()
    }
}
