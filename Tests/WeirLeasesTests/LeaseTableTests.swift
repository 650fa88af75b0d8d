import Foundation
import NIOCore
import Testing
import WeirLeases
import WeirModel
import WeirWire

/// The requests on the wire, against those that a KCL 2.5.8 sends. Weir's own two attributes come on top.
@Suite struct LeaseTableTests {
    private let table = LeaseTable(name: "app")
    private let key = "shardId-000000000001"
    private let range = HashKeyRange(
        starting: HashKey(85_070_591_730_234_615_865_843_651_857_942_052_864),
        ending: HashKey(170_141_183_460_469_231_731_687_303_715_884_105_727)
    )

    private func json(_ message: some WireMessage) throws -> NSDictionary {
        var body = ByteBuffer()
        message.write(to: &body, format: .json)
        let object = try JSONSerialization.jsonObject(with: Data(body.readableBytesView))
        return try #require(object as? NSDictionary)
    }

    private func json(_ text: String) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? NSDictionary)
    }

    /// The body of an UpdateItem on the lease.
    private func update(_ expected: String, _ updates: String) throws -> NSDictionary {
        try json(
            """
            {"TableName": "app", "Key": {"leaseKey": {"S": "shardId-000000000001"}},
             "Expected": \(expected), "AttributeUpdates": \(updates)}
            """
        )
    }

    private func request(_ change: LeaseWrite.Change, _ lease: Lease) -> UpdateItem.Request {
        table.request(LeaseWrite(change, of: lease, decidedAt: 0))
    }

    @Test func createLease() throws {
        let lease = Lease(key: key, checkpoint: .trimHorizon, hashKeyRange: range)
        let expected = try json(
            """
            {"TableName": "app", "Expected": {"leaseKey": {"Exists": false}}, "Item": {
             "checkpoint": {"S": "TRIM_HORIZON"}, "endingHashKey": {"S": "170141183460469231731687303715884105727"},
             "leaseCounter": {"N": "0"}, "ownerSwitchesSinceCheckpoint": {"N": "0"},
             "checkpointSubSequenceNumber": {"N": "0"}, "leaseKey": {"S": "shardId-000000000001"},
             "startingHashKey": {"S": "85070591730234615865843651857942052864"}}}
            """
        )
        #expect(try json(table.create(lease)) == expected)
    }

    @Test func renew() throws {
        let lease = Lease(key: key, owner: "w1", counter: 1, checkpoint: .trimHorizon)
        let expected = try update(
            #"{"leaseCounter": {"Value": {"N": "1"}}, "leaseOwner": {"Value": {"S": "w1"}}}"#,
            #"{"leaseCounter": {"Value": {"N": "2"}, "Action": "PUT"}}"#
        )
        #expect(try json(request(.renew, lease)) == expected)
    }

    @Test func throughputComesWithARenewal() throws {
        let lease = Lease(key: key, owner: "w1", counter: 1, checkpoint: .trimHorizon)
        let expected = try update(
            #"{"leaseCounter": {"Value": {"N": "1"}}, "leaseOwner": {"Value": {"S": "w1"}}}"#,
            #"""
            {"leaseCounter": {"Value": {"N": "2"}, "Action": "PUT"},
             "throughputKBps": {"Value": {"N": "2.5"}, "Action": "PUT"}}
            """#
        )
        let write = LeaseWrite(.renew, of: lease, throughput: 2560, decidedAt: 0)
        #expect(try json(table.request(write)) == expected)
        #expect(write.result.throughput == 2560)
    }

    @Test func takeOfAnUnownedLease() throws {
        let lease = Lease(key: key, counter: 0, checkpoint: .trimHorizon)
        let expected = try update(
            #"{"leaseCounter": {"Value": {"N": "0"}}, "leaseOwner": {"Exists": false}}"#,
            #"""
            {"leaseCounter": {"Value": {"N": "1"}, "Action": "PUT"}, "leaseOwner": {"Value": {"S": "w2"}, "Action": "PUT"},
             "weirOwner": {"Value": {"S": "w2"}, "Action": "PUT"}, "weirHandOffTo": {"Action": "DELETE"}}
            """#
        )
        #expect(try json(request(.take(worker: "w2"), lease)) == expected)
    }

    @Test func takeFromAnotherOwnerCountsTheSwitch() throws {
        let lease = Lease(key: key, owner: "w2", counter: 1, checkpoint: .trimHorizon)
        let expected = try update(
            #"{"leaseCounter": {"Value": {"N": "1"}}, "leaseOwner": {"Value": {"S": "w2"}}}"#,
            #"""
            {"leaseCounter": {"Value": {"N": "2"}, "Action": "PUT"}, "leaseOwner": {"Value": {"S": "w1"}, "Action": "PUT"},
             "ownerSwitchesSinceCheckpoint": {"Value": {"N": "1"}, "Action": "ADD"},
             "weirOwner": {"Value": {"S": "w1"}, "Action": "PUT"}, "weirHandOffTo": {"Action": "DELETE"}}
            """#
        )
        #expect(try json(request(.take(worker: "w1"), lease)) == expected)
        // A hand-over asks for the same.
        let handOver = request(.transfer(to: "w1"), lease)
        #expect(handOver.attributeUpdates == request(.take(worker: "w1"), lease).attributeUpdates)
        #expect(Set((handOver.expected ?? [:]).keys) == ["leaseCounter", "leaseOwner"])
    }

    @Test func takeOfAnOwnLeaseIsNoSwitch() {
        let lease = Lease(key: key, owner: "w1", counter: 1, checkpoint: .trimHorizon)
        let request = request(.take(worker: "w1"), lease)
        #expect(request.attributeUpdates?["ownerSwitchesSinceCheckpoint"] == nil)
    }

    @Test func checkpoint() throws {
        let lease = Lease(key: key, owner: "w1", counter: 5, checkpoint: .trimHorizon, hashKeyRange: range)
        let expected = try update(
            #"{"leaseCounter": {"Value": {"N": "5"}}, "leaseOwner": {"Value": {"S": "w1"}}}"#,
            #"""
            {"checkpoint": {"Value": {"S": "000000017954075553480000004004"}, "Action": "PUT"},
             "endingHashKey": {"Value": {"S": "170141183460469231731687303715884105727"}, "Action": "PUT"},
             "leaseCounter": {"Value": {"N": "6"}, "Action": "PUT"}, "pendingCheckpoint": {"Action": "DELETE"},
             "checkpointSubSequenceNumber": {"Value": {"N": "0"}, "Action": "PUT"},
             "ownerSwitchesSinceCheckpoint": {"Value": {"N": "0"}, "Action": "PUT"},
             "pendingCheckpointState": {"Action": "DELETE"},
             "pendingCheckpointSubSequenceNumber": {"Action": "DELETE"},
             "startingHashKey": {"Value": {"S": "85070591730234615865843651857942052864"}, "Action": "PUT"}}
            """#
        )
        #expect(try json(request(.checkpoint(.sequenceNumber("000000017954075553480000004004")), lease)) == expected)
    }

    /// What the KCL writes for it, but for the attributes that it repeats as they are.
    @Test func preparation() throws {
        let lease = Lease(key: key, owner: "w1", counter: 5, checkpoint: .trimHorizon, hashKeyRange: range)
        let checkpoint = LeaseCheckpoint.sequenceNumber("17954075553480000004004", subSequenceNumber: 2)
        let expected = try update(
            #"{"leaseCounter": {"Value": {"N": "5"}}, "leaseOwner": {"Value": {"S": "w1"}}}"#,
            #"""
            {"leaseCounter": {"Value": {"N": "6"}, "Action": "PUT"},
             "pendingCheckpoint": {"Value": {"S": "17954075553480000004004"}, "Action": "PUT"},
             "pendingCheckpointSubSequenceNumber": {"Value": {"N": "2"}, "Action": "PUT"},
             "pendingCheckpointState": {"Value": {"B": "AP8="}, "Action": "PUT"}}
            """#
        )
        #expect(try json(request(.prepare(.init(checkpoint, state: [0, 255])), lease)) == expected)
        // A state of before goes.
        let updates = request(.prepare(.init(checkpoint)), lease).attributeUpdates
        #expect(updates?["pendingCheckpointState"] == AttributeUpdate(action: "DELETE"))
    }

    @Test func aCheckpointBeforeWhatIsPreparedLeavesThat() {
        let pending = PendingCheckpoint(.sequenceNumber("9"), state: [1])
        let lease = Lease(key: key, owner: "w1", counter: 5, checkpoint: .trimHorizon, pendingCheckpoint: pending)
        let names = ["pendingCheckpoint", "pendingCheckpointSubSequenceNumber", "pendingCheckpointState"]
        for (number, isKept) in [("8", true), ("9", false), ("10", false)] {
            let write = LeaseWrite(.checkpoint(.sequenceNumber(number)), of: lease, decidedAt: 0)
            #expect(write.result.pendingCheckpoint == (isKept ? pending : nil))
            let updates = table.request(write).attributeUpdates ?? [:]
            for name in names { #expect(updates[name] == (isKept ? nil : AttributeUpdate(action: "DELETE"))) }
        }
    }

    @Test func checkpointOfAnEndNamesTheChildren() {
        let lease = Lease(key: key, owner: "w1", counter: 5, checkpoint: .trimHorizon, childShardIDs: ["x"])
        let updates = request(.checkpoint(.shardEnd), lease).attributeUpdates
        #expect(updates?["checkpoint"]?.value == .string("SHARD_END"))
        #expect(updates?["childShardIds"]?.value == .stringSet(["x"]))
    }

    @Test func releaseIsTheKCLsEviction() throws {
        let lease = Lease(key: key, owner: "w1", counter: 8, checkpoint: .trimHorizon)
        let expected = try update(
            #"{"leaseOwner": {"Value": {"S": "w1"}}}"#,
            #"""
            {"leaseCounter": {"Value": {"N": "9"}, "Action": "PUT"}, "leaseOwner": {"Action": "DELETE"},
             "weirOwner": {"Action": "DELETE"}, "weirHandOffTo": {"Action": "DELETE"}}
            """#
        )
        #expect(try json(request(.release, lease)) == expected)
    }

    @Test func requestsForAHandOffLeaveTheCounterAlone() throws {
        let lease = Lease(key: key, owner: "w1", counter: 8, checkpoint: .trimHorizon)
        let asking = try update(
            #"{"leaseOwner": {"Value": {"S": "w1"}}, "weirHandOffTo": {"Exists": false}}"#,
            #"{"weirHandOffTo": {"Value": {"S": "w2"}, "Action": "PUT"}}"#
        )
        #expect(try json(request(.requestHandOff(to: "w2"), lease)) == asking)
        let withdrawing = try update(
            #"{"leaseOwner": {"Value": {"S": "w1"}}, "weirHandOffTo": {"Value": {"S": "w2"}}}"#,
            #"{"weirHandOffTo": {"Action": "DELETE"}}"#
        )
        #expect(try json(request(.withdrawHandOff(to: "w2"), lease)) == withdrawing)
    }

    @Test func metadata() throws {
        let expected = try update(
            #"{"leaseKey": {"Value": {"S": "shardId-000000000001"}, "Exists": true}}"#,
            #"{"childShardIds": {"Value": {"SS": ["c"]}, "Action": "PUT"}}"#
        )
        #expect(try json(table.setChildren(["c"], of: key)) == expected)
    }

    @Test func initialTimestamp() throws {
        let expected = try update(
            #"{"leaseKey": {"Value": {"S": "shardId-000000000001"}, "Exists": true}, "weirInitialTimestamp": {"Exists": false}}"#,
            #"{"weirInitialTimestamp": {"Value": {"N": "1234"}, "Action": "PUT"}}"#
        )
        #expect(try json(table.setInitialTimestamp(Timestamp(millisecondsSinceEpoch: 1234), of: key)) == expected)
    }

    @Test func theOthers() throws {
        let name = #""TableName": "app""#
        let leaseKey = #""Key": {"leaseKey": {"S": "shardId-000000000001"}}"#
        #expect(try json(table.delete(key)) == json("{\(name), \(leaseKey)}"))
        #expect(try json(table.get(key)) == json("{\(name), \(leaseKey), \"ConsistentRead\": true}"))
        #expect(try json(table.scan()) == json("{\(name), \"ConsistentRead\": true}"))
        let next: Item = ["leaseKey": .string("k")]
        #expect(
            try json(table.scan(after: next))
                == json("{\(name), \"ConsistentRead\": true, \"ExclusiveStartKey\": {\"leaseKey\": {\"S\": \"k\"}}}")
        )
        #expect(try json(table.describe) == json("{\(name)}"))
        let create = """
            {"AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"}], \(name),
             "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
            """
        #expect(try json(table.create) == json(create))
    }

    @Test func aTableIsMadeAsTheOptionsSay() throws {
        var options = LeaseTableOptions()
        options.billing = .provisioned(readUnits: 7, writeUnits: 9)
        options.tags = ["team": "arrivals", "cost": "4711"]
        options.isDeletionProtected = true
        let create = """
            {"AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"}], "TableName": "t",
             "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}], "BillingMode": "PROVISIONED",
             "ProvisionedThroughput": {"ReadCapacityUnits": 7, "WriteCapacityUnits": 9}, "DeletionProtectionEnabled": true,
             "Tags": [{"Key": "cost", "Value": "4711"}, {"Key": "team", "Value": "arrivals"}]}
            """
        #expect(try json(LeaseTable(name: "t", options: options).create) == json(create))
        try options.validate()
        options.billing = .provisioned(readUnits: 1, writeUnits: 0)
        #expect(throws: ServiceError.self) { try options.validate() }
        options.billing = .onDemand
        options.tags = Dictionary(uniqueKeysWithValues: (0..<50).map { ("\($0)", "") })
        try options.validate()
        options.tags["one more"] = ""
        #expect(throws: ServiceError.self) { try options.validate() }
    }

    @Test func aWriteTellsItsResult() {
        let lease = Lease(key: key, owner: "w1", counter: 3, checkpoint: .trimHorizon, weirOwner: "w1", handOffTo: "w2")
        let taken = LeaseWrite(.take(worker: "w2"), of: lease, decidedAt: 0).result
        #expect(taken.owner == "w2" && taken.weirOwner == "w2" && taken.counter == 4 && taken.handOffTo == nil)
        #expect(taken.ownerSwitchesSinceCheckpoint == 1)
        let released = LeaseWrite(.release, of: lease, decidedAt: 0).result
        #expect(released.owner == nil && released.counter == 4)
        let asked = LeaseWrite(.requestHandOff(to: "w3"), of: lease, decidedAt: 0).result
        #expect(asked.counter == 3 && asked.handOffTo == "w3")
    }
}
