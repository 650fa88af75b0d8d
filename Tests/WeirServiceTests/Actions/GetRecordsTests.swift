import Crypto
import NIOCore
import Testing
import WeirModel
import WeirService
import WeirTestTools
import WeirWire

@Suite struct GetRecordsTests {
    private func texts(_ response: GetRecords.Response) -> [String] {
        response.records.map { String(buffer: $0.data) }
    }

    @Test func allFivePositionsAreFound() async throws {
        try await withService { test in
            try await test.createStream()
            var numbers: [String] = []
            for data in ["a", "b", "c"] {
                numbers.append(try await test.put(data).sequenceNumber)
                test.time.advance(milliseconds: 1000)
            }
            func read(_ type: String, number: String? = nil, timestamp: Int64? = nil) async throws -> [String] {
                let iterator = try await test.iterator(
                    type,
                    number: number,
                    timestamp: timestamp.map { Timestamp(millisecondsSinceEpoch: 1_700_000_000_000 + $0) }
                )
                #expect(iterator.utf8.count <= Limits.maximumShardIteratorLength)
                return texts(try await test.read(iterator))
            }
            #expect(try await read("TRIM_HORIZON") == ["a", "b", "c"])
            #expect(try await read("LATEST") == [])
            #expect(try await read("AT_SEQUENCE_NUMBER", number: numbers[1]) == ["b", "c"])
            #expect(try await read("AFTER_SEQUENCE_NUMBER", number: numbers[1]) == ["c"])
            #expect(try await read("AFTER_SEQUENCE_NUMBER", number: numbers[2]) == [])
            #expect(try await read("AT_TIMESTAMP", timestamp: -5000) == ["a", "b", "c"])
            #expect(try await read("AT_TIMESTAMP", timestamp: 1000) == ["b", "c"])
            #expect(try await read("AT_TIMESTAMP", timestamp: 1001) == ["c"])
            #expect(try await read("AT_TIMESTAMP", timestamp: 3000) == [])
        }
    }

    @Test func anAnswerIsNoLargerThanThereIsRoomFor() async throws {
        try await withService { test in
            try await test.createStream()
            let put = (0..<10).map { String(repeating: "\($0)", count: 1000) }
            for data in put { try await test.put(data) }
            func read(_ iterator: String, room: Int) async throws -> GetRecords.Response {
                var body = ByteBuffer()
                GetRecords.Request(shardIterator: iterator).write(to: &body, format: .json)
                let call = ActionCall(
                    GetRecords.name,
                    body: CallBody(body),
                    format: .json,
                    reply: ReplyReservation(room: room)
                )
                let reply = try await test.service.perform(call)
                return try GetRecords.Response(wire: reply.message ?? ByteBuffer(), format: .json)
            }
            let first = try await read(try await test.iterator(), room: 3500)
            #expect(texts(first) == Array(put[..<3]))
            #expect(first.millisBehindLatest ?? 0 > 0)
            // One record comes always.
            let second = try await read(try #require(first.nextShardIterator), room: 1)
            #expect(texts(second) == [put[3]])
            let rest = try await read(try #require(second.nextShardIterator), room: Limits.maximumGetRecordsSizeInBytes)
            #expect(texts(rest) == Array(put[4...]))
        }
    }

    @Test func aRecordIsGivenAsItWasPut() async throws {
        try await withService { test in
            try await test.createStream()
            let put = try await test.put("data", key: "clé")
            let record = try #require(try await test.read(try await test.iterator()).records.first)
            #expect(record.sequenceNumber == put.sequenceNumber)
            #expect(record.partitionKey == "clé")
            #expect(record.approximateArrivalTimestamp?.millisecondsSinceEpoch == 1_700_000_000_000)
        }
    }

    @Test func iteratorsLeadFromAnswerToAnswer() async throws {
        try await withService { test in
            try await test.createStream()
            var iterator = try await test.iterator()
            for round in 0..<3 {
                for number in 0..<5 { try await test.put("\(round)-\(number)") }
                var seen: [String] = []
                while seen.count < 5 {
                    let answer = try await test.read(iterator, limit: 2)
                    #expect(answer.records.count <= 2)
                    #expect(answer.childShards == nil)
                    seen += texts(answer)
                    iterator = try #require(answer.nextShardIterator)
                }
                #expect(seen == (0..<5).map { "\(round)-\($0)" })
                let empty = try await test.read(iterator)
                #expect(empty.records.isEmpty)
                #expect(empty.millisBehindLatest == 0)
            }
        }
    }

    @Test func theBacklogIsToldInMilliseconds() async throws {
        try await withService { test in
            try await test.createStream()
            for data in ["a", "b", "c"] {
                try await test.put(data)
                test.time.advance(milliseconds: 1000)
            }
            let first = try await test.read(try await test.iterator(), limit: 1)
            // From the record given to the newest one or to now.
            #expect((2000...3000).contains(try #require(first.millisBehindLatest)))
            let all = try await test.read(try await test.iterator())
            #expect(all.millisBehindLatest == 0)
        }
    }

    @Test func aSplitShardEndsWithItsChildren() async throws {
        try await withService { test in
            try await test.createStream()
            try await test.put("a", explicit: "0")
            let latest = try await test.iterator("LATEST")
            _ = try await test.call(
                SplitShard.self,
                .init(streamName: "s", shardToSplit: "shardId-000000000000", newStartingHashKey: "1000")
            )
            let answer = try await test.read(try await test.iterator())
            #expect(texts(answer) == ["a"])
            // The end may come with the last record or after it.
            let last = answer.nextShardIterator == nil ? answer : try await test.read(answer.nextShardIterator ?? "")
            #expect(last.nextShardIterator == nil)
            #expect(last.millisBehindLatest == 0)
            let children = try #require(last.childShards)
            #expect(children.map(\.shardID) == ["shardId-000000000001", "shardId-000000000002"])
            #expect(children.allSatisfy { $0.parentShards == ["shardId-000000000000"] })
            #expect(children.map(\.hashKeyRange.startingHashKey) == ["0", "1000"])

            let after = try await test.read(latest)
            #expect(after.records.isEmpty)
            #expect(after.nextShardIterator == nil)
            #expect(after.childShards?.count == 2)
        }
    }

    @Test func aMergedShardNamesBothParents() async throws {
        try await withService { test in
            try await test.createStream(shards: 2)
            let iterators = [try await test.iterator(shard: 0), try await test.iterator(shard: 1)]
            _ = try await test.call(
                MergeShards.self,
                .init(
                    streamName: "s",
                    shardToMerge: "shardId-000000000000",
                    adjacentShardToMerge: "shardId-000000000001"
                )
            )
            for iterator in iterators {
                let children = try #require(try await test.read(iterator).childShards)
                #expect(children.map(\.shardID) == ["shardId-000000000002"])
                #expect(children[0].parentShards == ["shardId-000000000000", "shardId-000000000001"])
                #expect(children[0].hashKeyRange.endingHashKey == HashKey.maximum.description)
            }
        }
    }

    @Test func aShardClosedWhileItIsReadNamesItsChildren() async throws {
        try await withService { test in
            try await test.createStream()
            let iterator = try await test.iterator()
            test.store.onceBeforeRead {
                try await test.store.splitShard(stream: "s", shard: ShardID(0), newStartingHashKey: HashKey(1000))
            }
            let answer = try await test.read(iterator)
            if answer.nextShardIterator == nil {
                #expect(answer.childShards?.count == 2)
            } else {
                #expect(answer.childShards == nil)
            }
        }
    }

    @Test func iteratorsExpireAfterFiveMinutes() async throws {
        try await withService { test in
            try await test.createStream()
            let iterator = try await test.iterator()
            test.time.advance(milliseconds: 300_000)
            let next = try #require(try await test.read(iterator).nextShardIterator)
            test.time.advance(milliseconds: 1)
            let error = await #expect(throws: ServiceError.self) { try await test.read(iterator) }
            #expect(error?.code == .expiredIterator)
            #expect(
                error?.message == """
                    Iterator expired. The iterator was created at time Tue Nov 14 22:13:20 UTC 2023 while right now \
                    it is Tue Nov 14 22:18:20 UTC 2023 which is further in the future than the tolerated delay of \
                    300000 milliseconds.
                    """
            )
            // The one from the answer is younger.
            _ = try await test.read(next)
        }
    }

    @Test func iteratorsSurviveARestartButNotAnotherKey() async throws {
        try await withService { test in
            try await test.createStream()
            try await test.put("a")
            let iterator = try await test.iterator()
            #expect(texts(try await test.restarted().read(iterator)) == ["a"])
            let error = await #expect(throws: ServiceError.self) {
                try await test.restarted(key: SymmetricKey(size: .bits256)).read(iterator)
            }
            #expect(error?.message == "Invalid ShardIterator.")
        }
    }

    @Test func everyTamperedIteratorIsRefused() async throws {
        try await withService { test in
            try await test.createStream()
            let iterator = Array(try await test.iterator())
            for place in iterator.indices {
                var tampered = iterator
                tampered[place] = iterator[place] == "A" ? "B" : "A"
                let error = await #expect(throws: ServiceError.self) { try await test.read(String(tampered)) }
                #expect(error?.code == .invalidArgument)
                #expect(error?.message == "Invalid ShardIterator.")
            }
            let cut = await #expect(throws: ServiceError.self) { try await test.read(String(iterator.dropLast(4))) }
            #expect(cut?.message == "Invalid ShardIterator.")
        }
    }

    @Test func aTokenOfAnotherKindIsNoIterator() async throws {
        try await withService { test in
            try await test.createStream(shards: 2)
            let token = try #require(
                try await test.call(ListShards.self, .init(streamName: "s", maxResults: 1)).nextToken
            )
            let error = await #expect(throws: ServiceError.self) { try await test.read(token) }
            #expect(error?.message == "Invalid ShardIterator.")
            let iterator = try await test.iterator()
            let other = await #expect(throws: ServiceError.self) {
                try await test.call(ListShards.self, .init(nextToken: iterator))
            }
            #expect(other?.message == "Invalid NextToken.")
        }
    }

    @Test func anIteratorOfADeletedStreamFindsNothing() async throws {
        try await withService { test in
            try await test.createStream()
            try await test.put("a")
            let iterator = try await test.iterator()
            let message = "Shard shardId-000000000000 in stream s under account 000000000000 does not exist"
            _ = try await test.call(DeleteStream.self, .init(streamName: "s"))
            let deleted = await #expect(throws: ServiceError.self) { try await test.read(iterator) }
            #expect(deleted?.code == .resourceNotFound)
            #expect(deleted?.message == message)
            // A stream of the same name is another stream.
            try await test.createStream()
            try await test.put("b")
            let remade = await #expect(throws: ServiceError.self) { try await test.read(iterator) }
            #expect(remade?.code == .resourceNotFound)
            #expect(remade?.message == message)
        }
    }

    @Test func aNumberOfAnotherShardOrStreamIsRefused() async throws {
        try await withService { test in
            try await test.createStream(shards: 2)
            let put = try await test.put("a", explicit: "0")
            let number = try #require(SequenceNumber(put.sequenceNumber))
            let otherShard = await #expect(throws: ServiceError.self) {
                try await test.iterator("AT_SEQUENCE_NUMBER", shard: 1, number: put.sequenceNumber)
            }
            #expect(
                otherShard?.message == """
                    Invalid StartingSequenceNumber. It encodes shardId-000000000000, while it was used in a call to a \
                    shard with shardId-000000000001
                    """
            )
            let foreign = SequenceNumber(streamEpoch: number.streamEpoch - 1, shard: 0, index: 0).description
            let otherStream = await #expect(throws: ServiceError.self) {
                try await test.iterator("AT_SEQUENCE_NUMBER", number: foreign)
            }
            #expect(
                otherStream?.message == """
                    StartingSequenceNumber \(foreign) used in GetShardIterator on shard shardId-000000000000 in \
                    stream s under account 000000000000 is invalid because it did not come from this stream.
                    """
            )
        }
    }

    @Test func aShardMayBeNamedAsAWSAllows() async throws {
        try await withService { test in
            try await test.createStream()
            try await test.put("a")
            for name in ["shardId-000000000000", "shardId-0", "other-0", "0", "-00"] {
                let answer = try await test.call(
                    GetShardIterator.self,
                    .init(streamName: "s", shardID: name, shardIteratorType: "TRIM_HORIZON")
                )
                #expect(texts(try await test.read(answer.shardIterator ?? "")) == ["a"])
            }
        }
    }

    @Test func anARNOfAnotherStreamIsRefused() async throws {
        try await withService { test in
            try await test.createStream()
            let iterator = try await test.iterator()
            let base = "arn:aws:kinesis:us-east-1:000000000000:stream/"
            _ = try await test.call(GetRecords.self, .init(shardIterator: iterator, streamARN: base + "s"))
            let error = await #expect(throws: ServiceError.self) {
                try await test.call(GetRecords.self, .init(shardIterator: iterator, streamARN: base + "t"))
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test func anIteratorOfTheLongestNameIsShortEnough() async throws {
        try await withService { test in
            let name = String(repeating: "n", count: Limits.maximumStreamNameLength)
            try await test.createStream(name)
            let iterator = try await test.iterator(stream: name)
            #expect(iterator.utf8.count <= Limits.maximumShardIteratorLength)
            #expect(try await test.read(iterator).records.isEmpty)
        }
    }
}
