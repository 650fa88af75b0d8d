import Synchronization
import Testing
import WeirLeases
import WeirModel

@testable import WeirConsumer

@Suite struct FormerLeasesTests {
    private let second: UInt64 = 1_000_000_000
    private let stream = StreamIdentity(accountID: "1", streamName: "flights", creationEpoch: 1)

    private func lease(_ number: Int, counter: Int64 = 0, owner: String? = nil) -> Lease {
        Lease(
            key: stream.leaseKey(of: "shardId-00000000000\(number)"),
            stream: stream,
            owner: owner,
            counter: counter,
            checkpoint: .trimHorizon
        )
    }

    @Test func whatDoesNotChangeForLongIsDue() {
        var former = FormerLeases(.deleteLeases(after: .seconds(10)))
        #expect(former.note([lease(0), lease(1)], at: 0) == [])
        #expect(former.note([lease(0), lease(1, counter: 1)], at: 9 * second) == [])
        #expect(former.note([lease(0), lease(1, counter: 1)], at: 10 * second) == [lease(0)])
        #expect(former.note([lease(1, counter: 1)], at: 19 * second) == [lease(1, counter: 1)])
    }

    @Test func aNewOwnerIsASignOfLife() {
        var former = FormerLeases(.deleteLeases(after: .seconds(10)))
        #expect(former.note([lease(0)], at: 0) == [])
        #expect(former.note([lease(0, owner: "a")], at: 10 * second) == [])
        #expect(former.note([lease(0)], at: 11 * second) == [])
        #expect(former.note([lease(0)], at: 21 * second) == [lease(0)])
    }

    @Test func aStreamThatIsReadAgainBeginsAnew() {
        var former = FormerLeases(.deleteLeases(after: .seconds(10)))
        #expect(former.note([lease(0)], at: 0) == [])
        #expect(former.note([], at: 5 * second) == [])
        #expect(former.note([lease(0)], at: 12 * second) == [])
    }

    @Test func withoutATimeTheyGoAtOnceAndKeptOnesNever() {
        var former = FormerLeases(.deleteLeases(after: .zero))
        #expect(former.note([lease(0)], at: 7) == [lease(0)])
        former = FormerLeases(.keepLeases)
        #expect(former.note([lease(0)], at: 0) == [])
        #expect(former.note([lease(0)], at: .max) == [])
    }
}

@Suite struct SideBySideTests {
    @Test func soManyAreBegunAtATime() async throws {
        let state = Mutex((running: 0, most: 0))
        let results = try await sideBySide(Array(0..<100), atMost: 4) { number throws(ServiceError) -> Int in
            state.withLock { state in
                state.running += 1
                state.most = max(state.most, state.running)
            }
            await Task.yield()
            state.withLock { $0.running -= 1 }
            return number * 2
        }
        #expect(results.sorted() == (0..<100).map { $0 * 2 })
        #expect((1...4).contains(state.withLock(\.most)))
        #expect(try await sideBySide([Int]()) { number throws(ServiceError) -> Int in number } == [])
    }

    @Test func afterAFailureNoMoreAreBegun() async throws {
        let begun = Mutex<[Int]>([])
        let error = await #expect(throws: ServiceError.self) {
            _ = try await sideBySide(Array(0..<50), atMost: 1) { number throws(ServiceError) -> Int in
                begun.withLock { $0.append(number) }
                if number == 3 { throw ServiceError(.throttling, "slow down") }
                return number
            }
        }
        #expect(error?.code == .throttling)
        #expect(begun.withLock { $0 } == [0, 1, 2, 3])
    }
}
