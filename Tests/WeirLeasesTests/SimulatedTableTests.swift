import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirModel
import WeirSimulation

/// The table of the simulation does what the requests do that workers really send.
@Suite struct SimulatedTableTests {
    private let requests = LeaseTable(name: "application")
    private let keys = ["a", "b", "c"]
    private let workers = ["v", "w"]

    private func change(_ random: inout SplitMix64) -> LeaseWrite.Change {
        let worker = workers.randomElement(using: &random) ?? ""
        return switch Int.random(in: 0..<8, using: &random) {
        case 0: .renew
        case 1: .take(worker: worker)
        case 2: .checkpoint(.position(Int.random(in: 1..<9, using: &random)))
        case 3: .transfer(to: worker)
        case 4: .release
        case 5: .requestHandOff(to: worker)
        case 6:
            .prepare(
                .init(
                    .position(Int.random(in: 1..<9, using: &random)),
                    state: Bool.random(using: &random) ? [1, 2] : nil
                )
            )
        default: .withdrawHandOff(to: worker)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func itDoesToLeasesWhatTheRequestsDoToItems(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var leases = SimulatedTable()
        var items = MemoryTable()
        var known: [Lease] = []
        var refused = 0
        for _ in 0..<300 {
            let key = keys.randomElement(using: &random) ?? ""
            switch Int.random(in: 0..<20, using: &random) {
            case 0:
                let lease = Lease(key: key, checkpoint: .trimHorizon, parentShardIDs: ["p"], hashKeyRange: .all)
                let isNew = (try? items.put(requests.create(lease))) != nil
                #expect(leases.create(lease) == isNew)
            case 1:
                try items.delete(requests.delete(key))
                leases.delete(key)
            case 2 where leases[key] != nil:
                try items.update(requests.setChildren(["x", "y"], of: key))
                leases.setChildren(["x", "y"], of: key)
            default:
                // Decided on the lease as it is, or as it was.
                let current = Bool.random(using: &random) ? leases[key] : known.randomElement(using: &random)
                guard let lease = current else { continue }
                var write = LeaseWrite(change(&random), of: lease, decidedAt: 0)
                switch write.change {
                case .renew, .checkpoint, .prepare:
                    write.throughput = Bool.random(using: &random) ? .random(in: 0..<9_999_999, using: &random) : nil
                default: break
                }
                // What is no more than a word to the owner is not said to a lease that has none.
                let isCounted =
                    switch write.change {
                    case .renew, .take, .checkpoint, .prepare, .transfer: true
                    case .release, .requestHandOff, .withdrawHandOff: false
                    }
                guard isCounted || lease.owner != nil else { continue }
                let isDone = (try? items.update(requests.request(write))) != nil
                #expect(leases.update(write) == isDone)
                refused += isDone ? 0 : 1
            }
            known += leases.leases
            #expect(leases.leases == items.allItems.compactMap { Lease(item: $0) })
        }
        #expect((20..<280).contains(refused))
    }
}
