import NIOCore
import Testing
import WeirModel
import WeirService
import WeirStore
import WeirWire

@Suite struct PutRecordsTests {
    private func entry(_ data: String, key: String = "k", explicit: String? = nil) -> PutRecordsRequestEntry {
        PutRecordsRequestEntry(data: ByteBuffer(string: data), explicitHashKey: explicit, partitionKey: key)
    }

    private func bytes(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 0x78, count: count) }

    private func all(_ test: TestService, shard: Int) async throws -> [String] {
        try await test.read(try await test.iterator(shard: shard)).records.map { String(buffer: $0.data) }
    }

    @Test func recordsGoToTheShardsOfTheirKeysInOrder() async throws {
        try await withService { test in
            try await test.createStream(shards: 2)
            let top = HashKey.maximum.description
            let answer = try await test.call(
                PutRecords.self,
                .init(
                    records: [
                        entry("a", explicit: "0"), entry("b", explicit: top), entry("c", explicit: "0"),
                        entry("d", explicit: top),
                    ],
                    streamName: "s"
                )
            )
            #expect(answer.failedRecordCount == 0)
            #expect(answer.records.map(\.shardID) == [0, 1, 0, 1].map { "shardId-00000000000\($0)" })
            let numbers = answer.records.compactMap(\.sequenceNumber)
            #expect(numbers.count == 4)
            #expect(numbers[0] < numbers[2])
            #expect(numbers[1] < numbers[3])
            #expect(try await all(test, shard: 0) == ["a", "c"])
            #expect(try await all(test, shard: 1) == ["b", "d"])
        }
    }

    @Test func whatWasPutIsToldAlthoughTheRestFails() async throws {
        try await withService { test in
            try await test.createStream(shards: 2)
            // The second shard is split under the call, and then the disk fails.
            test.store.onceBeforeAppend {
                try await test.store.splitShard(
                    stream: "s",
                    shard: ShardID(1),
                    newStartingHashKey: HashKey(UInt128.max / 4 * 3)
                )
            }
            test.store.onceBeforeAppend { throw ServiceError(.serviceUnavailable, "The disk is full.") }
            let answer = try await test.call(
                PutRecords.self,
                .init(
                    records: [entry("a", explicit: "0"), entry("b", explicit: HashKey.maximum.description)],
                    streamName: "s"
                )
            )
            #expect(answer.failedRecordCount == 1)
            #expect(answer.records[0].shardID == "shardId-000000000000")
            #expect(answer.records[1].errorCode == "InternalFailure")
            #expect(answer.records[1].sequenceNumber == nil)
            #expect(try await all(test, shard: 0) == ["a"])
        }
    }

    /// A key is counted in characters, in either format, and comes back as it was given.
    @Test(arguments: [WireFormat.json, .cbor])
    func aKeyOfUpTo256CharactersIsStoredAsItCame(format: WireFormat) async throws {
        try await withService { test in
            try await test.createStream(shards: 4)
            let plain = [1, 15, 16, 36, 55, 56, 255, 256].map { String(repeating: "k", count: $0) }
            let keys = plain + ["é", "\"\\\n\u{0}", "日本", String(repeating: "😀", count: 256)]
            let records = keys.map { entry("d", key: $0) }
            let answer = try await test.put(records, format)
            #expect(answer.failedRecordCount == 0)
            for (record, key) in zip(answer.records, keys) {
                let shard = HashKey(partitionKey: key).value / (UInt128.max / 4 + 1)
                #expect(record.shardID == "shardId-00000000000\(shard)")
            }
            var stored: [String] = []
            for shard in 0..<4 {
                stored += try await test.read(try await test.iterator(shard: shard)).records.map(\.partitionKey)
            }
            #expect(stored.sorted() == keys.sorted())
            for key in [String(repeating: "k", count: 257), String(repeating: "😀", count: 257)] {
                let error = await #expect(throws: ServiceError.self) {
                    try await test.put([entry("d", key: "k"), entry("d", key: key)], format)
                }
                #expect(
                    error?.message == """
                        1 validation error detected: Value '\(key)' at 'records.2.member.partitionKey' failed to satisfy \
                        constraint: Member must have length less than or equal to 256
                        """
                )
            }
            let error = await #expect(throws: ServiceError.self) { try await test.put([entry("d", key: "")], format) }
            #expect(error?.message.hasSuffix("Member must have length greater than or equal to 1") == true)
        }
    }

    @Test func thePartitionKeyChoosesTheShardByItsMD5() async throws {
        try await withService { test in
            try await test.createStream(shards: 4)
            for number in 0..<20 {
                let key = "key-\(number)"
                let shard = HashKey(partitionKey: key).value / (UInt128.max / 4)
                let answer = try await test.put("x", key: key)
                #expect(answer.shardID == ShardID(UInt32(min(shard, 3))).description)
            }
        }
    }

    @Test(arguments: [1, 4])
    func keysAreCountedInUnicodeCharacters(bytesPerCharacter: Int) async throws {
        try await withService { test in
            try await test.createStream()
            let character = bytesPerCharacter == 1 ? "k" : "🐟"
            try await test.put("x", key: String(repeating: character, count: Limits.maximumPartitionKeyLength))
            let error = await #expect(throws: ServiceError.self) {
                try await test.put("x", key: String(repeating: character, count: Limits.maximumPartitionKeyLength + 1))
            }
            #expect(error?.code == .validation)
        }
    }

    @Test func aRecordHasAtMostOneMebibyteWithItsKey() async throws {
        try await withService { test in
            try await test.createStream()
            let limit = Limits.maximumRecordSizeInBytes
            func put(_ data: Int, key: Int) async throws {
                _ = try await test.call(
                    PutRecord.self,
                    .init(
                        streamName: "s",
                        data: bytes(data),
                        partitionKey: String(repeating: "k", count: key)
                    )
                )
            }
            try await put(limit - 1, key: 1)
            try await put(limit - 256, key: 256)
            for (data, key) in [(limit, 1), (limit - 255, 256), (limit + 1, 1)] {
                let error = await #expect(throws: ServiceError.self) { try await put(data, key: key) }
                #expect(error?.code == .validation)
            }
            let tooLong = await #expect(throws: ServiceError.self) { try await put(limit + 1, key: 1) }
            #expect(
                tooLong?.message == """
                    1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1048577 cap=1048577]' at \
                    'data' failed to satisfy constraint: Member must have length less than or equal to 1048576
                    """
            )
            let answer = try await test.read(try await test.iterator())
            #expect(answer.records.map(\.data.readableBytes) == [limit - 1, limit - 256])
        }
    }

    @Test func atMostFiveHundredRecordsArePut() async throws {
        try await withService { test in
            try await test.createStream()
            func put(_ count: Int) async throws -> PutRecords.Response {
                try await test.call(
                    PutRecords.self,
                    .init(records: Array(repeating: entry("x"), count: count), streamName: "s")
                )
            }
            #expect(try await put(Limits.maximumPutRecordsCount).records.count == Limits.maximumPutRecordsCount)
            let error = await #expect(throws: ServiceError.self) { try await put(Limits.maximumPutRecordsCount + 1) }
            #expect(error?.code == .validation)
            #expect(error?.message.contains("'records' failed to satisfy constraint: Member must have length") == true)
            #expect(try await all(test, shard: 0).count == Limits.maximumPutRecordsCount)
        }
    }

    @Test func atMostTenMebibytesArePut() async throws {
        try await withService { test in
            try await test.createStream()
            func put(lastBytes: Int) async throws {
                let limit = Limits.maximumRecordSizeInBytes
                var records = (0..<9).map { _ in
                    PutRecordsRequestEntry(data: bytes(limit - 1), partitionKey: "k")
                }
                records.append(PutRecordsRequestEntry(data: bytes(limit - 2), partitionKey: "k"))
                records.append(PutRecordsRequestEntry(data: bytes(lastBytes), partitionKey: "k"))
                _ = try await test.call(PutRecords.self, .init(records: records, streamName: "s"))
            }
            try await put(lastBytes: 0)
            let error = await #expect(throws: ServiceError.self) { try await put(lastBytes: 1) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message == "Records size exceeds 10 MB limit")
        }
    }

    @Test func aNumberForOrderingMustBeOneOfThisStream() async throws {
        try await withService { test in
            try await test.createStream()
            let first = try await test.put("a")
            func put(after number: String) async throws -> String {
                try await test.call(
                    PutRecord.self,
                    .init(
                        streamName: "s",
                        data: ByteBuffer(string: "b"),
                        partitionKey: "k",
                        sequenceNumberForOrdering: number
                    )
                ).sequenceNumber
            }
            #expect(try await put(after: first.sequenceNumber) > first.sequenceNumber)
            let number = try #require(SequenceNumber(first.sequenceNumber))
            let later = SequenceNumber(streamEpoch: number.streamEpoch + 1, shard: 0, index: 0)
            let otherShard = SequenceNumber(streamEpoch: number.streamEpoch, shard: 7, index: 0)
            for foreign in [later, otherShard] {
                let error = await #expect(throws: ServiceError.self) { try await put(after: foreign.description) }
                #expect(error?.code == .invalidArgument)
                #expect(error?.message.hasPrefix("ExclusiveMinimumSequenceNumber \(foreign) used in PutRecord") == true)
            }
        }
    }

    @Test func recordsWhoseShardIsSplitMeanwhileGoToItsChildren() async throws {
        try await withService { test in
            try await test.createStream()
            test.store.onceBeforeAppend {
                try await test.store.splitShard(stream: "s", shard: ShardID(0), newStartingHashKey: HashKey(1 << 127))
            }
            let answer = try await test.call(
                PutRecords.self,
                .init(
                    records: [
                        entry("a", explicit: "0"), entry("b", explicit: HashKey.maximum.description),
                        entry("c", explicit: "0"),
                    ],
                    streamName: "s"
                )
            )
            #expect(answer.failedRecordCount == 0)
            #expect(answer.records.map(\.shardID) == [1, 2, 1].map { "shardId-00000000000\($0)" })
            #expect(try await all(test, shard: 1) == ["a", "c"])
            #expect(try await all(test, shard: 2) == ["b"])
            #expect(try await all(test, shard: 0) == [])
        }
    }

    @Test func aShardThatIsSplitTimeAfterTimeFailsTheRecordInTheEnd() async throws {
        try await withService { test in
            try await test.createStream()
            // Each append finds that its shard was split once more.
            for round in 0..<10 {
                test.store.onceBeforeAppend {
                    let stream = try await test.store.stream(name: "s")
                    let shard = try #require(stream.openShard(for: .minimum))
                    let end = shard.hashKeyRange.ending.value >> UInt128(4 + round % 2)
                    try await test.store.splitShard(stream: "s", shard: shard.id, newStartingHashKey: HashKey(end))
                }
            }
            let answer = try await test.call(
                PutRecords.self,
                .init(records: [entry("a", explicit: "0")], streamName: "s")
            )
            #expect(answer.failedRecordCount == 1)
            #expect(answer.records.map(\.errorCode) == ["InternalFailure"])
            #expect(answer.records.map(\.sequenceNumber) == [nil])
        }
    }

    @Test func aStreamDeletedMeanwhileIsNotFound() async throws {
        try await withService { test in
            try await test.createStream()
            test.store.onceBeforeAppend { try await test.store.deleteStream(name: "s") }
            let error = await #expect(throws: ServiceError.self) { try await test.put("x") }
            #expect(error?.code == .resourceNotFound)
            #expect(error?.message == "Stream s under account 000000000000 not found.")
        }
    }
}

extension TestService {
    /// Puts records with a body of that format.
    fileprivate func put(
        _ records: [PutRecordsRequestEntry],
        _ format: WireFormat
    ) async throws(ServiceError) -> PutRecords.Response {
        var body = ByteBuffer()
        PutRecords.Request(records: records, streamName: "s").write(to: &body, format: format)
        let reply = try await service.perform(ActionCall("PutRecords", body: CallBody(body), format: format))
        return try PutRecords.Response(wire: reply.message ?? ByteBuffer(), format: format)
    }
}
