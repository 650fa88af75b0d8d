import Testing
import WeirLeases
import WeirSimulation

/// Sharing by what workers deliver.
@Suite struct LeaseThroughputTests {
    private let second: UInt64 = 1_000_000_000

    private func writes(_ actions: [LeaseStateMachine.Action]) -> [LeaseWrite] {
        actions.compactMap { if case .write(let write) = $0 { write } else { nil } }
    }

    private func machine(_ balance: LeaseBalance = .throughput) -> LeaseStateMachine {
        var configuration = LeaseStateMachine.Configuration(workerID: "me", failoverTime: .seconds(3))
        configuration.balance = balance
        return LeaseStateMachine(configuration: configuration, seed: 1)
    }

    /// Leases of one worker, with what it delivers of each.
    private func leases(of owner: String, isWeirs: Bool = true, _ throughputs: [Int64?]) -> [Lease] {
        throughputs.enumerated().map { index, throughput in
            Lease(
                key: "\(owner)-\(index)",
                owner: owner,
                counter: 1,
                checkpoint: .trimHorizon,
                weirOwner: isWeirs ? owner : nil,
                throughput: throughput
            )
        }
    }

    /// What a worker asks for that holds nothing.
    private func requests(_ leases: [Lease], _ balance: LeaseBalance = .throughput) -> [LeaseWrite] {
        var machine = machine(balance)
        _ = machine.handle(.tick, at: 0)
        return writes(machine.handle(.scanned(leases), at: 0))
    }

    @Test func asksTheHeaviestForWhatBringsBothTogether() {
        let loads =
            leases(of: "a", [1_000_000, 900_000, 100_000, 50_000])
            + leases(of: "b", [200_000, 200_000, 200_000, 200_000, 200_000, 200_000])
        let requests = requests(loads)
        // 1.0 of 2.05 MB/s from a; after that, of b's 1.2 MB/s nothing is worth while.
        #expect(requests.map(\.change) == [.requestHandOff(to: "me")])
        #expect(requests.map(\.lease.key) == ["a-0"])
        // By number it would have asked for some of b's first.
        #expect(self.requests(loads, .count).count == 3)
    }

    @Test func idleShardsAreSharedByNumber() {
        #expect(requests(leases(of: "a", [0, 0, 0, 0, 0, 0])).count == 3)
        #expect(requests(leases(of: "a", [nil, nil, nil, nil])).count == 2)
    }

    @Test func aGapThatIsToleratedMovesNothing() {
        var machine = machine()
        _ = machine.handle(.tick, at: 0)
        var own = leases(of: "me", [900_000, 10_000])
        let others = leases(of: "a", [1_000_000, 10_000, 20_000])
        let takes = writes(machine.handle(.scanned(own + others), at: 0))
        #expect(takes.map(\.change) == [.take(worker: "me"), .take(worker: "me")])
        for take in takes { #expect(writes(machine.handle(.wrote(take, .succeeded), at: 0)) == []) }
        own = machine.heldLeases
        _ = machine.handle(.tick, at: 3 * second / 4)
        #expect(writes(machine.handle(.scanned(own + others), at: 3 * second / 4)) == [])
        // A little more, and the lease comes that fits best.
        let heavier = leases(of: "a", [1_200_000, 10_000, 90_000])
        _ = machine.handle(.tick, at: 3 * second / 2)
        let requests = writes(machine.handle(.scanned(own + heavier), at: 3 * second / 2))
            .filter { $0.change == .requestHandOff(to: "me") }
        #expect(requests.map(\.lease.key) == ["a-2", "a-1"])
    }

    @Test func goesByNumberWhileAJavaWorkerHoldsALease() {
        let loads = leases(of: "a", [1_000_000, 0, 0, 0, 0])
        // All but the heavy one, which would only change sides.
        #expect(Set(requests(loads).map(\.lease.key)) == ["a-1", "a-2", "a-3", "a-4"])
        let mixed = loads + leases(of: "java", isWeirs: false, [nil])
        // Six leases, three workers.
        #expect(requests(mixed).count == 2)
    }

    @Test func anOwnerHandsOverOnlyWhatEvensTheLoad() throws {
        var machine = machine()
        _ = machine.handle(.tick, at: 0)
        var leases = ["heavy", "light"].map { Lease(key: $0, checkpoint: .trimHorizon) }
        leases[0].throughput = 1_000_000
        leases[1].throughput = 100_000
        for take in writes(machine.handle(.scanned(leases), at: 0)) {
            _ = machine.handle(.wrote(take, .succeeded), at: 0)
        }
        let held = machine.heldLeases
        let other = self.leases(of: "a", [400_000])
        var asked = held
        for index in asked.indices { asked[index].handOffTo = "a" }
        let actions = machine.handle(.scanned(asked + other), at: 1)
        #expect(actions.contains(.stopConsumer(key: "light", .shutdownRequested)))
        #expect(writes(actions).map(\.change) == [.withdrawHandOff(to: "a")])
        #expect(writes(actions).map(\.lease.key) == ["heavy"])
    }

    @Test func whatIsDeliveredIsToldWithWritesThatAreMadeAnyway() throws {
        var machine = machine()
        _ = machine.handle(.tick, at: 0)
        let lease = Lease(key: "a", checkpoint: .trimHorizon)
        let take = try #require(writes(machine.handle(.scanned([lease]), at: 0)).first)
        _ = machine.handle(.wrote(take, .succeeded), at: 0)
        #expect(machine.handle(.measured(["a": 80_000, "unknown": 1]), at: 1) == [])
        let renewal = try #require(writes(machine.handle(.tick, at: second)).first)
        #expect(renewal.throughput == 80_000)
        _ = machine.handle(.wrote(renewal, .succeeded), at: second)
        #expect(machine.lease("a")?.throughput == 80_000)
        // A trifle is not told.
        #expect(machine.handle(.measured(["a": 89_000]), at: second) == [])
        let checkpoint = try #require(writes(machine.handle(.checkpoint(key: "a", .position(1)), at: second)).first)
        #expect(checkpoint.throughput == nil)
        _ = machine.handle(.wrote(checkpoint, .succeeded), at: second)
        _ = machine.handle(.measured(["a": 95_000]), at: second)
        let next = try #require(writes(machine.handle(.checkpoint(key: "a", .position(2)), at: second)).first)
        #expect(next.throughput == 95_000)
    }

    @Test func byNumberNothingIsTold() throws {
        var machine = machine(.count)
        _ = machine.handle(.tick, at: 0)
        let take = try #require(
            writes(machine.handle(.scanned([Lease(key: "a", checkpoint: .trimHorizon)]), at: 0)).first
        )
        _ = machine.handle(.wrote(take, .succeeded), at: 0)
        _ = machine.handle(.measured(["a": 80_000]), at: 1)
        #expect(writes(machine.handle(.tick, at: second)).map(\.throughput) == [nil])
    }
}
