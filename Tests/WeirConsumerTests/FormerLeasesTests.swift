import Synchronization
import Testing
import WeirLeases
import WeirModel

@testable import WeirConsumer

@Suite struct FormerLeasesTests {
    private let second: UInt64 = 1_000_000_000
    private let stream = StreamIdentity(accountID: "1", streamName: "flights", creationEpoch: 1)

    private func lease(
        _ number: Int,
        counter: Int64 = 0,
        owner: String? = nil,
        formerTime: FormerTime? = nil
    ) -> Lease {
        Lease(
            key: stream.leaseKey(of: "shardId-00000000000\(number)"),
            stream: stream,
            owner: owner,
            counter: counter,
            checkpoint: .trimHorizon,
            formerTime: formerTime
        )
    }

    @Test func whatDoesNotChangeForLongIsDue() {
        var former = FormerLeases(.deleteLeases(after: .seconds(10)))
        #expect(former.note([lease(0), lease(1)], at: 0).due == [])
        #expect(former.note([lease(0), lease(1, counter: 1)], at: 9 * second).due == [])
        #expect(former.note([lease(0), lease(1, counter: 1)], at: 10 * second).due == [lease(0)])
        #expect(former.note([lease(1, counter: 1)], at: 19 * second).due == [lease(1, counter: 1)])
    }

    @Test func aNewOwnerIsASignOfLife() {
        var former = FormerLeases(.deleteLeases(after: .seconds(10)))
        #expect(former.note([lease(0)], at: 0).due == [])
        #expect(former.note([lease(0, owner: "a")], at: 10 * second).due == [])
        #expect(former.note([lease(0)], at: 11 * second).due == [])
        #expect(former.note([lease(0)], at: 21 * second).due == [lease(0)])
    }

    @Test func aStreamThatIsReadAgainBeginsAnew() {
        var former = FormerLeases(.deleteLeases(after: .seconds(10)))
        #expect(former.note([lease(0)], at: 0).due == [])
        #expect(former.note([], at: 5 * second).due == [])
        #expect(former.note([lease(0)], at: 12 * second).due == [])
    }

    @Test func withoutATimeTheyGoAtOnceAndKeptOnesNever() {
        var former = FormerLeases(.deleteLeases(after: .zero))
        #expect(former.note([lease(0)], at: 7).due == [lease(0)])
        former = FormerLeases(.keepLeases)
        #expect(former.note([lease(0)], at: 0).due == [])
        #expect(former.note([lease(0)], at: .max).due == [])
    }

    /// What was told before counts with what is seen since; so a worker that begins anew goes on where the one before was.
    @Test func theTimeIsToldToThoseWhoComeLater() {
        let hour = Duration.seconds(3600)
        var first = FormerLeases(.deleteLeases(after: hour))
        #expect(first.note([lease(0, counter: 7)], at: 1000 * second) == .init())
        #expect(first.note([lease(0, counter: 7)], at: 1449 * second) == .init())
        let told = FormerTime(counter: 7, milliseconds: 450_000)
        #expect(first.note([lease(0, counter: 7)], at: 1450 * second).times == [lease(0).key: told])
        // It is told once.
        #expect(first.note([lease(0, counter: 7, formerTime: told)], at: 1451 * second) == .init())
        // The clock of another machine counts from anywhere.
        var next = FormerLeases(.deleteLeases(after: hour))
        let seen = lease(0, counter: 7, formerTime: told)
        #expect(next.note([seen], at: 5 * second) == .init())
        #expect(next.note([seen], at: 3154 * second).due == [])
        #expect(next.note([seen], at: 3155 * second).due == [seen])
    }

    @Test func aTimeOfAnotherCounterSaysNothing() {
        var former = FormerLeases(.deleteLeases(after: .seconds(3600)))
        let stale = lease(0, counter: 8, formerTime: FormerTime(counter: 7, milliseconds: 3_600_000))
        #expect(former.note([stale], at: 0) == .init())
        #expect(former.note([stale], at: 3599 * second).due == [])
        #expect(former.note([stale], at: 3600 * second).due == [stale])
    }

    @Test func whoHasSeenALeaseForLongerIsBelieved() {
        var former = FormerLeases(.deleteLeases(after: .seconds(3600)))
        #expect(former.note([lease(0)], at: 0) == .init())
        let told = lease(0, formerTime: FormerTime(counter: 0, milliseconds: 3_000_000))
        #expect(former.note([told], at: 100 * second) == .init())
        #expect(former.note([told], at: 700 * second).due == [told])
        // Nor is the time shortened by one that has seen it for less.
        let less = lease(0, formerTime: FormerTime(counter: 0, milliseconds: 1000))
        #expect(former.note([less], at: 701 * second).due == [less])
    }

    /// A table that holds leases for a short time only is not written to for their sake.
    @Test func aShortTimeIsNotTold() {
        var former = FormerLeases(.deleteLeases(after: .seconds(50)))
        #expect(former.note([lease(0)], at: 0) == .init())
        #expect(former.note([lease(0)], at: 49 * second) == .init())
        #expect(former.note([lease(0)], at: 50 * second).times == [:])
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
