import Testing
import WeirLeases
import WeirModel
import WeirWire

/// Leases of several streams in one table.
@Suite struct StreamIdentityTests {
    private let flights = StreamIdentity(accountID: "123456789012", streamName: "flights", creationEpoch: 1_700_000_000)

    @Test func anIdentityIsWrittenAsTheKCLWritesIt() {
        #expect("\(flights)" == "123456789012:flights:1700000000")
        #expect(StreamIdentity("123456789012:flights:1700000000") == flights)
        #expect(
            flights.leaseKey(of: "shardId-000000000003") == "123456789012:flights:1700000000:shardId-000000000003"
        )
    }

    @Test(arguments: [
        "", "flights", "123456789012:flights", "123456789012::1", ":flights:1", "123456789012:flights:",
        "123456789012:flights:x", "a:flights:1", "123456789012:flights:1:shardId-000000000000",
        "1:flights:99999999999999999999",
    ])
    func otherTextIsNone(text: String) {
        #expect(StreamIdentity(text) == nil)
    }

    @Test func namesakesDifferInTheTimeOnly() {
        let later = StreamIdentity(accountID: flights.accountID, streamName: "flights", creationEpoch: 1_800_000_000)
        #expect(later != flights)
        #expect(later.isNamesake(of: flights))
        #expect(!StreamIdentity(accountID: "1", streamName: "flights", creationEpoch: 1).isNamesake(of: flights))
        #expect(
            !StreamIdentity(accountID: flights.accountID, streamName: "x", creationEpoch: 1).isNamesake(of: flights)
        )
    }

    /// An item as the multi-stream mode of the KCL 2.x leaves it: `streamName` holds the whole identity, and parents and
    /// children are IDs of shards, not keys of leases.
    private let javaItem: Item = [
        "leaseKey": .string("123456789012:flights:1700000000:shardId-000000000003"),
        "streamName": .string("123456789012:flights:1700000000"),
        "shardId": .string("shardId-000000000003"),
        "leaseOwner": .string("w1"),
        "leaseCounter": .number("12"),
        "ownerSwitchesSinceCheckpoint": .number("0"),
        "checkpoint": .string("SHARD_END"),
        "checkpointSubSequenceNumber": .number("0"),
        "parentShardId": .stringSet(["shardId-000000000000"]),
        "childShardIds": .stringSet(["shardId-000000000005", "shardId-000000000006"]),
        "startingHashKey": .string("0"),
        "endingHashKey": .string("85070591730234615865843651857942052863"),
    ]

    @Test func aLeaseOfTheKCLIsRead() throws {
        let lease = try #require(Lease(item: javaItem))
        #expect(lease.stream == flights)
        #expect(lease.shardID == "shardId-000000000003")
        #expect(lease.isEnded)
        #expect(lease.parentShardIDs == ["shardId-000000000000"])
        #expect(lease.key(of: "shardId-000000000000") == "123456789012:flights:1700000000:shardId-000000000000")
        #expect(lease.item == javaItem)
    }

    @Test func aLeaseOfOneStreamNamesNone() throws {
        let lease = Lease(key: "shardId-000000000001", checkpoint: .latest)
        #expect(lease.stream == nil)
        #expect(lease.shardID == lease.key)
        #expect(lease.key(of: "shardId-000000000000") == "shardId-000000000000")
        #expect(lease.item["streamName"] == nil)
        #expect(lease.item["shardId"] == nil)
    }

    @Test func eachKindOfTableIsForeignToTheOther() throws {
        let several = try #require(Lease(item: javaItem))
        let one = Lease(key: "shardId-000000000001", checkpoint: .latest)
        #expect(LeaseScope.oneStream.covers(one) && !LeaseScope.oneStream.isForeign(one))
        #expect(!LeaseScope.oneStream.covers(several) && LeaseScope.oneStream.isForeign(several))
        #expect(LeaseScope.streams([flights]).covers(several))
        #expect(!LeaseScope.streams([]).covers(several) && !LeaseScope.streams([]).isForeign(several))
        #expect(!LeaseScope.streams([flights]).covers(one) && LeaseScope.streams([flights]).isForeign(one))
    }

    @Test func aFormerLeaseIsDeletedOnlyAsItWas() throws {
        let table = LeaseTable(name: "t")
        let lease = try #require(Lease(item: javaItem))
        let request = table.deleteFormer(lease)
        #expect(request.key == ["leaseKey": .string(lease.key)])
        #expect(
            request.expected == [
                "leaseCounter": ExpectedAttribute(value: .number("12")),
                "leaseOwner": ExpectedAttribute(value: .string("w1")),
            ]
        )
        var free = lease
        free.owner = nil
        #expect(table.deleteFormer(free).expected?["leaseOwner"] == ExpectedAttribute(exists: false))
    }

    @Test func aFormerTimeIsNotedOnlyInALeaseThatIsAsItWas() throws {
        let table = LeaseTable(name: "t")
        var lease = try #require(Lease(item: javaItem))
        let request = table.setFormerTime(FormerTime(counter: 12, milliseconds: 450_000), of: lease)
        #expect(request.key == ["leaseKey": .string(lease.key)])
        #expect(
            request.expected == [
                "leaseCounter": ExpectedAttribute(value: .number("12")),
                "leaseOwner": ExpectedAttribute(value: .string("w1")),
                "weirFormerTime": ExpectedAttribute(exists: false),
            ]
        )
        // The counter stays: nobody takes it for a sign of life.
        #expect(
            request.attributeUpdates == [
                "weirFormerTime": AttributeUpdate(value: .string("12:450000"), action: "PUT")
            ]
        )
        lease.formerTime = FormerTime(counter: 12, milliseconds: 450_000)
        let next = table.setFormerTime(FormerTime(counter: 12, milliseconds: 900_000), of: lease)
        #expect(next.expected?["weirFormerTime"] == ExpectedAttribute(value: .string("12:450000")))
    }

    @Test func theViewTellsTheStreams() throws {
        let weather = StreamIdentity(accountID: "1", streamName: "weather", creationEpoch: 5)
        let leases = [
            Lease(key: weather.leaseKey(of: "shardId-000000000000"), stream: weather, checkpoint: .latest),
            try #require(Lease(item: javaItem)),
        ]
        let view = LeaseTableView(leases: leases)
        #expect(view.streams == [flights, weather])
        #expect(view.leases(of: weather) == [leases[0]])
    }

    // MARK: Plans

    private func shard(_ number: UInt32, parents: [UInt32] = [], isOpen: Bool = true) -> Shard {
        Shard(
            shardID: ShardID(number).description,
            parentShardID: parents.first.map { ShardID($0).description },
            adjacentParentShardID: parents.dropFirst().first.map { ShardID($0).description },
            hashKeyRange: HashKeyRangeShape(startingHashKey: "0", endingHashKey: "99"),
            sequenceNumberRange: SequenceNumberRange(
                startingSequenceNumber: "1",
                endingSequenceNumber: isOpen ? nil : "2"
            )
        )
    }

    private func lease(
        _ number: UInt32,
        of stream: StreamIdentity,
        _ checkpoint: LeaseCheckpoint,
        madeAt: Int64? = nil
    ) -> Lease {
        Lease(
            key: stream.leaseKey(of: ShardID(number).description),
            stream: stream,
            checkpoint: checkpoint,
            streamCreation: madeAt.map { Timestamp(millisecondsSinceEpoch: $0) }
        )
    }

    private func plan(
        _ shards: [Shard],
        _ leases: [Lease],
        at position: LeaseCheckpoint = .trimHorizon,
        madeAt: Int64 = 1_700_000_000_000
    ) -> ShardSyncPlan {
        ShardSyncPlan(
            shards: shards,
            leases: leases,
            stream: flights,
            streamCreation: Timestamp(millisecondsSinceEpoch: madeAt),
            initialPosition: position,
            initialTimestamp: position == .trimHorizon ? nil : Timestamp(millisecondsSinceEpoch: 77)
        )
    }

    @Test func aStreamIsPlannedByItsOwnLeasesAlone() {
        let weather = StreamIdentity(accountID: "123456789012", streamName: "weather", creationEpoch: 1_700_000_000)
        // The other stream's shard 0 has ended and is listed no more, and its shard 1 has been read: neither counts here.
        let others = [lease(0, of: weather, .shardEnd), lease(1, of: weather, .sequenceNumber("7"))]
        let plan = plan([shard(1), shard(2)], others, at: .latest)
        #expect(plan.staleLeases == [])
        #expect(plan.leasesToDelete == [])
        #expect(plan.leasesToCreate.map(\.shardID) == [1, 2].map { ShardID($0).description })
        for lease in plan.leasesToCreate {
            #expect(lease.stream == flights)
            #expect(lease.key == flights.leaseKey(of: lease.shardID))
            #expect(lease.checkpoint == .latest)
            #expect(lease.initialTimestamp == Timestamp(millisecondsSinceEpoch: 77))
        }
    }

    @Test func parentsAreShardsAndNotKeys() {
        let shards = [shard(0, isOpen: false), shard(1, isOpen: false), shard(2, parents: [0, 1])]
        let plan = plan(shards, [lease(0, of: flights, .sequenceNumber("3"))])
        #expect(plan.leasesToCreate.map(\.shardID) == [1, 2].map { ShardID($0).description })
        #expect(plan.leasesToCreate.last?.parentShardIDs == [ShardID(0).description, ShardID(1).description])
        #expect(plan.leasesToCreate.last?.checkpoint == .trimHorizon)
    }

    @Test func endedLeasesOfThisStreamAloneAreDeleted() {
        let weather = StreamIdentity(accountID: "1", streamName: "weather", creationEpoch: 1)
        let ended = lease(0, of: flights, .shardEnd)
        let plan = plan([shard(1)], [ended, lease(0, of: weather, .shardEnd), lease(1, of: flights, .latest)])
        #expect(plan.leasesToDelete == [ended.key])
        #expect(plan.leasesToCreate == [])
    }

    @Test func leasesOfANamesakeThatWeirMadeAreStale() {
        let earlier = StreamIdentity(accountID: "123456789012", streamName: "flights", creationEpoch: 1_600_000_000)
        let old = lease(0, of: earlier, .sequenceNumber("9"), madeAt: 1_600_000_000_000)
        let plan = plan([shard(0)], [old], at: .latest)
        #expect(plan.staleLeases == [old])
        // Whoever read the old one reads all of the new one.
        #expect(plan.leasesToCreate.map(\.checkpoint) == [.trimHorizon])
        #expect(plan.leasesToCreate.map(\.key) == [flights.leaseKey(of: ShardID(0).description)])
    }

    @Test func aStreamThatWasMadeAgainInTheSameSecondIsANewOneToo() {
        let old = lease(0, of: flights, .sequenceNumber("9"), madeAt: 1_700_000_000_000)
        let plan = plan([shard(0)], [old], madeAt: 1_700_000_000_500)
        #expect(plan.staleLeases == [old])
        #expect(plan.leasesToCreate.map(\.key) == [old.key])
    }

    /// The tracker of a KCL may give any number for the time: what its workers hold is not deleted.
    @Test func leasesOfANamesakeThatTheKCLMadeAreLeftAlone() {
        let other = StreamIdentity(accountID: "123456789012", streamName: "flights", creationEpoch: 1)
        let plan = plan([shard(0)], [lease(0, of: other, .sequenceNumber("9"))], at: .latest)
        #expect(plan.staleLeases == [])
        #expect(plan.leasesToCreate.map(\.checkpoint) == [.trimHorizon])
    }

    @Test func stepsOfCreationHaveParentsBeforeChildren() {
        // 0 was split into 2 and 3; 1 and 3 were merged into 4; 5 is alone.
        let shards = [
            shard(0, isOpen: false), shard(1, isOpen: false), shard(2, parents: [0]),
            shard(3, parents: [0], isOpen: false), shard(4, parents: [1, 3]), shard(5),
        ]
        func steps(_ leases: [Lease]) -> [[UInt32?]] {
            plan(shards, leases).stepsOfCreation.map { $0.map { ShardID($0.shardID)?.number } }
        }
        #expect(steps([]) == [[0, 1, 5], [2, 3], [4]])
        #expect(steps([lease(0, of: flights, .trimHorizon)]) == [[1, 2, 3, 5], [4]])
        #expect(ShardSyncPlan(shards: [], leases: [], initialPosition: .latest).isEmpty)
    }
}
