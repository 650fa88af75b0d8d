import Testing
import WeirConsumerFixtures
import WeirLeases
import WeirWire

@testable import WeirConsumer

/// What a worker says of workers of the KCL 3.x beside it.
@Suite struct KCL3WatchTests {
    private func signs(_ harness: WorkerHarness) -> [KCL3Sign] {
        harness.journal.events.compactMap { if case .kcl3Found(let sign) = $0 { sign } else { nil } }
    }

    @Test func workersOfVersion3ThatWereThereBeforeAreFoundAtTheStart() async throws {
        let harness = WorkerHarness(shards: 1)
        try harness.dynamoDB.change("\(WorkerHarness.application)-CoordinatorState") { table throws in
            table = MemoryTable(keyName: "key")
            let state: Item = ["key": .string("Migration3.0"), "cv": .string("CLIENT_VERSION_3X")]
            try table.put(PutItem.Request(tableName: "state", item: state))
        }
        try await harness.run(harness.worker("a")) { try await harness.reading("a") }
        #expect(signs(harness) == [.mode("CLIENT_VERSION_3X")])
    }

    @Test func aLeaderThatComesLaterIsFoundOnce() async throws {
        let harness = WorkerHarness(shards: 1)
        let worker = harness.worker("a") { $0.shardSyncInterval = .milliseconds(5) }
        try await harness.run(worker) {
            try await harness.reading("a")
            #expect(signs(harness).isEmpty)
            try harness.dynamoDB.change(WorkerHarness.application) { table throws in
                let lock: Item = ["leaseKey": .string("Leader"), "ownerName": .string("java")]
                try table.put(PutItem.Request(tableName: WorkerHarness.application, item: lock))
            }
            try await eventually("the leader is found") { !signs(harness).isEmpty }
            try harness.put(0..<20)
            try await eventually("the worker goes on") { harness.journal.data.count == 20 }
        }
        #expect(signs(harness) == [.leader(name: "java")])
    }
}
