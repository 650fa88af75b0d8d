import Testing
import WeirLeases
import WeirModel
import WeirWire

@Suite struct LeaseTests {
    /// An item as a KCL 2.x worker leaves it.
    private let javaItem: Item = [
        "leaseKey": .string("shardId-000000000001"),
        "leaseOwner": .string("w1"),
        "leaseCounter": .number("2"),
        "ownerSwitchesSinceCheckpoint": .number("1"),
        "checkpoint": .string("TRIM_HORIZON"),
        "checkpointSubSequenceNumber": .number("0"),
        "startingHashKey": .string("85070591730234615865843651857942052864"),
        "endingHashKey": .string("170141183460469231731687303715884105727"),
    ]

    @Test func readsWhatTheKCLWrites() throws {
        let lease = try #require(Lease(item: javaItem))
        #expect(lease.key == "shardId-000000000001")
        #expect(lease.owner == "w1")
        #expect(lease.counter == 2)
        #expect(lease.ownerSwitchesSinceCheckpoint == 1)
        #expect(lease.checkpoint == .trimHorizon)
        #expect(lease.hashKeyRange?.starting == HashKey("85070591730234615865843651857942052864"))
        #expect(!lease.isOwnedByWeirWorker)
        #expect(!lease.isEnded)
        #expect(lease.item == javaItem)
    }

    @Test func everyAttributeSurvivesTheTable() {
        let lease = Lease(
            key: "shardId-000000000007",
            owner: "a",
            counter: 42,
            ownerSwitchesSinceCheckpoint: 3,
            checkpoint: .sequenceNumber(
                "49600000000000000000000000000000000000000000000000000001",
                subSequenceNumber: 5
            ),
            pendingCheckpoint: PendingCheckpoint(
                .sequenceNumber("49600000000000000000000000000000000000000000000000000002", subSequenceNumber: 3),
                state: [0, 255]
            ),
            initialTimestamp: Timestamp(millisecondsSinceEpoch: 1_700_000_000_123),
            parentShardIDs: ["shardId-000000000001", "shardId-000000000002"],
            childShardIDs: ["shardId-000000000009"],
            hashKeyRange: .all,
            weirOwner: "a",
            handOffTo: "b",
            throughput: 1_234_567,
            formerTime: FormerTime(counter: 41, milliseconds: 450_000),
            checkpointOwner: "c"
        )
        #expect(Lease(item: lease.item) == lease)
        #expect(lease.item["weirFormerTime"] == .string("41:450000"))
        #expect(lease.item["weirInitialTimestamp"] == .number("1700000000123"))
        #expect(lease.item["parentShardId"] == .stringSet(["shardId-000000000001", "shardId-000000000002"]))
        #expect(lease.isOwnedByWeirWorker)
    }

    @Test func aFormerTimeThatIsNoneIsIgnored() {
        #expect(FormerTime("7:450000") == FormerTime(counter: 7, milliseconds: 450_000))
        for text in ["", "7", "7:", ":7", "7:-1", "7:1:1", "a:1", "7:1.5", "99999999999999999999:1"] {
            #expect(FormerTime(text) == nil, "\(text)")
        }
    }

    @Test func throughputIsInKilobytesAsTheKCL3WritesIt() throws {
        for (bytes, text) in [
            (0, "0"), (1, "0.000977"), (1023, "0.999023"), (1024, "1"), (12_800, "12.5"), (1_536, "1.5"),
        ] {
            let lease = Lease(key: "a", checkpoint: .trimHorizon, throughput: Int64(bytes))
            #expect(lease.item["throughputKBps"] == .number(text))
            #expect(Lease(item: lease.item)?.throughput == Int64(bytes))
        }
        var item = javaItem
        let texts: [(String, Int64?)] = [
            ("12.5", 12_800), ("1E+1", 10_240), ("-1", nil), ("1E+30", nil), ("0.123456", 126),
        ]
        for (text, bytes) in texts {
            item["throughputKBps"] = .number(text)
            #expect(Lease(item: item)?.throughput == bytes)
            // It is no sign of a leader of the KCL 3.x.
            #expect(KCL3Sign(item: item) == nil)
        }
    }

    /// As `prepareCheckpoint` of the KCL 2.5.8 leaves it.
    @Test func readsWhatTheKCLPrepares() throws {
        var item = javaItem
        item["pendingCheckpoint"] = .string("49600000000000000000000000000000000000000000000000000002")
        item["pendingCheckpointSubSequenceNumber"] = .number("7")
        let checkpoint = LeaseCheckpoint.sequenceNumber(
            "49600000000000000000000000000000000000000000000000000002",
            subSequenceNumber: 7
        )
        #expect(try #require(Lease(item: item)).pendingCheckpoint == PendingCheckpoint(checkpoint))
        item["pendingCheckpointState"] = .binary([1, 2, 3])
        let lease = try #require(Lease(item: item))
        #expect(lease.pendingCheckpoint == PendingCheckpoint(checkpoint, state: [1, 2, 3]))
        #expect(lease.item == item)
        // In a lease that it makes, it puts the checkpoint's sub-sequence number in the place of the state.
        item["pendingCheckpointState"] = .number("0")
        #expect(try #require(Lease(item: item)).pendingCheckpoint == PendingCheckpoint(checkpoint))
        // The end of a shard can be prepared too.
        item["pendingCheckpoint"] = .string("SHARD_END")
        #expect(try #require(Lease(item: item)).pendingCheckpoint?.checkpoint == .shardEnd)
        item["pendingCheckpoint"] = nil
        #expect(try #require(Lease(item: item)).pendingCheckpoint == nil)
    }

    @Test func whatHasNoValueIsLeftOut() {
        let item = Lease(key: "shardId-000000000000", checkpoint: .latest).item
        #expect(
            Set(item.keys) == [
                "leaseKey", "leaseCounter", "ownerSwitchesSinceCheckpoint", "checkpoint", "checkpointSubSequenceNumber",
            ]
        )
    }

    @Test func unknownAttributesAreIgnoredAndMissingOnesTolerated() throws {
        var item = javaItem
        item["throughputKBps"] = .number("12.5")
        item["entityType"] = .string("LEASE")
        item["somethingNew"] = .map(["a": .list([.bool(true)])])
        item["ownerSwitchesSinceCheckpoint"] = nil
        item["checkpointSubSequenceNumber"] = nil
        item["endingHashKey"] = nil
        item["leaseOwner"] = nil
        let lease = try #require(Lease(item: item))
        #expect(lease.owner == nil)
        #expect(lease.ownerSwitchesSinceCheckpoint == 0)
        #expect(lease.hashKeyRange == nil)
    }

    @Test(arguments: ["leaseKey", "leaseCounter", "checkpoint"])
    func anItemWithoutWhatALeaseNeedsIsNone(attribute: String) {
        var item = javaItem
        item[attribute] = nil
        #expect(Lease(item: item) == nil)
    }

    @Test func aTableViewTellsWhoHoldsWhat() {
        let view = LeaseTableView(leases: [
            Lease(key: "3", owner: "b", checkpoint: .trimHorizon),
            Lease(key: "1", owner: "a", checkpoint: .trimHorizon),
            Lease(key: "2", owner: "a", checkpoint: .shardEnd), Lease(key: "4", checkpoint: .latest),
        ])
        #expect(view.leases.map(\.key) == ["1", "2", "3", "4"])
        #expect(view.activeLeasesByWorker.mapValues { $0.map(\.key) } == ["a": ["1"], "b": ["3"]])
        #expect(view.unownedLeases.map(\.key) == ["4"])
    }
}

@Suite struct LeaseCheckpointTests {
    /// As the KCL orders them.
    private let ascending: [LeaseCheckpoint] = [
        .atTimestamp, .trimHorizon, .latest, .sequenceNumber("0"), .sequenceNumber("9"), .sequenceNumber("10"),
        .sequenceNumber("10", subSequenceNumber: 1), .sequenceNumber("10", subSequenceNumber: 12),
        .sequenceNumber("49600000000000000000000000000000000000000000000000000001"),
        .sequenceNumber("49600000000000000000000000000000000000000000000000000010"), .shardEnd,
    ]

    @Test func areOrderedAsInTheKCL() {
        for (left, first) in ascending.enumerated() {
            for (right, second) in ascending.enumerated() {
                #expect((first < second) == (left < right), "\(first) < \(second)")
            }
        }
    }

    @Test func leadingZerosDoNotCount() {
        #expect(!(LeaseCheckpoint.sequenceNumber("0010") < .sequenceNumber("9")))
        #expect(!(LeaseCheckpoint.sequenceNumber("0010") < .sequenceNumber("10")))
        #expect(!(LeaseCheckpoint.sequenceNumber("10") < .sequenceNumber("0010")))
        #expect(LeaseCheckpoint.sequenceNumber("0009") < .sequenceNumber("10"))
    }

    @Test func surviveTheirText() {
        for checkpoint in ascending {
            #expect(LeaseCheckpoint(checkpoint.text, subSequenceNumber: checkpoint.subSequenceNumber) == checkpoint)
        }
    }

    @Test(arguments: ["", "trim_horizon", "12a", "-1", " 1"]) func otherTextIsNone(text: String) {
        #expect(LeaseCheckpoint(text) == nil)
    }

    @Test func nanosecondsEndAtAHundredYears() {
        #expect(UInt64(nanosecondsOf: .milliseconds(1500)) == 1_500_000_000)
        #expect(UInt64(nanosecondsOf: .seconds(-1)) == 0)
        #expect(UInt64(nanosecondsOf: .seconds(3_155_759_999)) == 3_155_759_999_000_000_000)
        for seconds in [3_155_760_000, Int64.max] {
            #expect(UInt64(nanosecondsOf: .seconds(seconds)) == 3_155_760_000_000_000_000)
        }
    }
}
