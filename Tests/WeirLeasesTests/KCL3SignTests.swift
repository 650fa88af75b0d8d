import Testing
import WeirLeases
import WeirWire

@Suite struct KCL3SignTests {
    @Test func aLeaseThatALeaderMovesIsASign() {
        let item: Item = [
            "leaseKey": .string("shardId-000000000001"), "leaseOwner": .string("b"), "leaseCounter": .number("7"),
            "checkpoint": .string("TRIM_HORIZON"), "checkpointOwner": .string("a"),
        ]
        #expect(KCL3Sign(item: item) == .handOff(leaseKey: "shardId-000000000001"))
    }

    @Test func theLockOfALeaderIsASign() {
        let item: Item = [
            "leaseKey": .string("Leader"), "ownerName": .string("a"), "leaseDuration": .string("120000"),
            "entityType": .string("LEADER"),
        ]
        #expect(KCL3Sign(item: item) == .leader(name: "a"))
    }

    @Test(arguments: ["CLIENT_VERSION_3X", "CLIENT_VERSION_3X_WITH_ROLLBACK"], ["leaseKey", "key"])
    func theModeOfVersion3IsASign(mode: String, attribute: String) {
        let item: Item = [attribute: .string("Migration3.0"), "cv": .string(mode)]
        #expect(KCL3Sign(item: item) == .mode(mode))
    }

    @Test(arguments: ["CLIENT_VERSION_2X", "CLIENT_VERSION_UPGRADE_FROM_2X", "CLIENT_VERSION_INIT"])
    func aModeInWhichVersion3WorksAsVersion2IsNone(mode: String) {
        #expect(KCL3Sign(item: ["key": .string("Migration3.0"), "cv": .string(mode)]) == nil)
    }

    @Test func leasesOfVersion2AndOfWeirAreNone() {
        let lease = Lease(key: "shardId-000000000001", owner: "a", counter: 3, checkpoint: .trimHorizon)
        #expect(KCL3Sign(item: lease.item) == nil)
        // What a worker of version 3 reports of itself, it also writes while it works as version 2.
        #expect(KCL3Sign(item: ["leaseKey": .string("a"), "entityType": .string("WORKER_METRIC_STATS")]) == nil)
    }
}
