import NIOCore
import Testing
import WeirModel

@testable import WeirStore

@Suite struct AppendReadTests {
    @Test func recordsComeBackAsTheyWerePut() async throws {
        let time = ManualTime()
        try await withNewFolder(time: time) { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream(shards: 2)
            let records = [
                NewRecord(shard: ShardID(1), partitionKey: "N14228", data: ByteBuffer(string: "one")),
                NewRecord(shard: ShardID(0), partitionKey: "日本", data: ByteBuffer()),
                NewRecord(shard: ShardID(1), partitionKey: "b", data: ByteBuffer(bytes: [0, 255])),
            ]
            let numbers = try await streams.append(records, stream: stream).map { try $0.number() }
            #expect(numbers.map(\.shard) == [1, 0, 1])
            #expect(numbers[0] < numbers[2])
            #expect(numbers.allSatisfy { $0.streamEpoch == stream.createdAt.millisecondsSinceEpoch })

            let start = try await streams.position(.trimHorizon, shard: ShardID(1), stream: stream)
            let read = try await streams.read(
                from: start,
                shard: ShardID(1),
                stream: stream,
                maximumCount: 10,
                maximumBytes: 1 << 20
            )
            #expect(read.records.map(\.sequenceNumber) == [numbers[0], numbers[2]])
            #expect(read.records.map(\.partitionKey) == ["N14228", "b"])
            #expect(read.records.map(\.data) == [ByteBuffer(string: "one"), ByteBuffer(bytes: [0, 255])])
            #expect(read.records.allSatisfy { $0.approximateArrival.millisecondsSinceEpoch == ManualTime.start })
            #expect(read.millisBehindLatest == 0)
            #expect(try await streams.readAll(shard: 0, of: stream).texts == [""])
        }
    }

    @Test func aLargestRecordFits() async throws {
        try await withNewFolder { folder in
            let stream = try await folder.streams.makeStream()
            let data = ByteBuffer(repeating: 7, count: Limits.maximumRecordSizeInBytes)
            let key = String(repeating: "😀", count: Limits.maximumPartitionKeyLength)
            let record = NewRecord(shard: ShardID(0), partitionKey: key, data: data)
            _ = try await folder.streams.append([record, record], stream: stream).map { try $0.number() }
            let read = try await folder.streams.read(
                from: ShardPosition(index: 0),
                shard: ShardID(0),
                stream: stream,
                maximumCount: 10,
                maximumBytes: 1
            )
            #expect(read.records.map(\.data) == [data])
            #expect(read.records.map(\.partitionKey) == [key])
            #expect(read.millisBehindLatest > 0)
        }
    }

    @Test func anUnknownShardTakesNothing() async throws {
        try await withNewFolder { folder in
            let stream = try await folder.streams.makeStream()
            let records = [4, 0].map {
                NewRecord(shard: ShardID($0), partitionKey: "a", data: ByteBuffer(string: "x"))
            }
            let results = try await folder.streams.append(records, stream: stream)
            #expect(throws: ShardWasClosed.self) { try results[0].number() }
            #expect(try results[1].number().shard == 0)
            #expect(try await folder.streams.append([], stream: stream).isEmpty)
        }
    }

    @Test(arguments: [(1, 10 << 20), (3, 10 << 20), (100, 1), (100, 8), (100, 16)])
    func aReadKeepsItsLimits(maximumCount: Int, maximumBytes: Int) async throws {
        let time = ManualTime()
        try await withNewFolder(time: time) { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream()
            let texts = (0..<10).map { "text \($0)" }
            for text in texts {
                try await streams.put([text], key: "k", of: stream)
                time.advance(milliseconds: 10)
            }
            var position = try await streams.position(.trimHorizon, shard: ShardID(0), stream: stream)
            var seen: [String] = []
            while seen.count < texts.count {
                let read = try await streams.read(
                    from: position,
                    shard: ShardID(0),
                    stream: stream,
                    maximumCount: maximumCount,
                    maximumBytes: maximumBytes
                )
                #expect(!read.records.isEmpty && read.records.count <= maximumCount)
                let size = read.records.reduce(0) { $0 + $1.data.readableBytes + $1.partitionKey.utf8.count }
                #expect(size <= maximumBytes || read.records.count == 1)
                seen += read.records.map { String(buffer: $0.data) }
                // Ten milliseconds lie between two records and behind the last.
                let behind = seen.count == texts.count ? 0 : Int64(texts.count - seen.count + 1) * 10
                #expect(read.millisBehindLatest == behind)
                position = try #require(read.next)
            }
            #expect(seen == texts)
        }
    }

    @Test func aReaderAtTheTipGoesOnWithWhatComes() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream(shards: 2)
            try await streams.put(["before"], shard: 0, of: stream)
            var position = try await streams.position(.latest, shard: ShardID(0), stream: stream)
            var seen: [String] = []
            for round in 0..<3 {
                try await streams.put(["elsewhere"], shard: 1, of: stream)
                let read = try await streams.read(
                    from: position,
                    shard: ShardID(0),
                    stream: stream,
                    maximumCount: 10,
                    maximumBytes: 1 << 20
                )
                #expect(read.millisBehindLatest == 0)
                seen += read.records.map { String(buffer: $0.data) }
                position = try #require(read.next)
                try await streams.put(["\(round)"], shard: 0, of: stream)
            }
            #expect(seen == ["0", "1"])
        }
    }

    @Test func positionsAreWhereTheySay() async throws {
        let time = ManualTime()
        try await withNewFolder(time: time) { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream(shards: 2)
            var numbers: [SequenceNumber] = []
            for text in ["a", "b", "c"] {
                numbers += try await streams.put([text], shard: 1, of: stream)
                try await streams.put(["other"], shard: 0, of: stream)
                time.advance(milliseconds: 1_000)
            }
            func texts(_ start: ShardStart) async throws -> [String] {
                try await streams.readAll(shard: 1, of: stream, from: start).texts
            }
            func at(_ milliseconds: Int64) -> ShardStart {
                .atTimestamp(Timestamp(millisecondsSinceEpoch: ManualTime.start + milliseconds))
            }
            #expect(try await texts(.trimHorizon) == ["a", "b", "c"])
            #expect(try await texts(.latest) == [])
            #expect(try await texts(.atSequenceNumber(numbers[1])) == ["b", "c"])
            #expect(try await texts(.afterSequenceNumber(numbers[1])) == ["c"])
            #expect(try await texts(.afterSequenceNumber(numbers[2])) == [])
            #expect(try await texts(.atSequenceNumber(stream.shards[1].startingSequenceNumber)) == ["a", "b", "c"])
            #expect(try await texts(at(-5)) == ["a", "b", "c"])
            #expect(try await texts(at(0)) == ["a", "b", "c"])
            #expect(try await texts(at(1)) == ["b", "c"])
            #expect(try await texts(at(1_000)) == ["b", "c"])
            #expect(try await texts(at(2_001)) == [])
        }
    }

    @Test func numbersOfAnotherShardAndOfTheFutureAreRefused() async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream(shards: 2)
            let number = try await streams.put(["a"], shard: 0, of: stream)[0]
            let elsewhere = await serviceError { () async throws(ServiceError) in
                _ = try await streams.position(.atSequenceNumber(number), shard: ShardID(1), stream: stream)
            }
            #expect(elsewhere?.code == .invalidArgument)
            #expect(
                elsewhere?.message
                    == "Invalid StartingSequenceNumber. It encodes shardId-000000000000, while it was used in a call to a "
                    + "shard with shardId-000000000001"
            )
            let next = SequenceNumber(streamEpoch: number.streamEpoch, shard: 0, index: number.index + 1)
            _ = try await streams.position(.atSequenceNumber(next), shard: ShardID(0), stream: stream)
            let future = SequenceNumber(streamEpoch: number.streamEpoch, shard: 0, index: number.index + 2)
            for start in [
                ShardStart.atSequenceNumber(future), .afterSequenceNumber(future), .afterSequenceNumber(next),
            ] {
                let error = await serviceError { () async throws(ServiceError) in
                    _ = try await streams.position(start, shard: ShardID(0), stream: stream)
                }
                #expect(error?.code == .invalidArgument)
                #expect(error?.message.hasSuffix("is invalid.") == true)
            }
        }
    }

    @Test func anUnknownShardIsNotFound() async throws {
        try await withNewFolder { folder in
            let stream = try await folder.streams.makeStream()
            let text = "Shard shardId-000000000007 in stream flights under account 000000000000 does not exist"
            let position = await serviceError { () async throws(ServiceError) in
                _ = try await folder.streams.position(.latest, shard: ShardID(7), stream: stream)
            }
            #expect(position?.code == .resourceNotFound && position?.message == text)
            let read = await serviceError { () async throws(ServiceError) in
                _ = try await folder.streams.read(
                    from: ShardPosition(index: 0),
                    shard: ShardID(7),
                    stream: stream,
                    maximumCount: 1,
                    maximumBytes: 1
                )
            }
            #expect(read?.code == .resourceNotFound && read?.message == text)
        }
    }

    @Test func arrivalTimesNeverGoBack() async throws {
        try await withTemporaryPath { path in
            let time = ManualTime()
            var arrivals: [Int64] = []
            for offset in [0, 5, -3, 2, -100] as [Int64] {
                time.advance(milliseconds: offset)
                // Opened anew each time: the newest time is found again in the log.
                try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                    if arrivals.isEmpty { _ = try await folder.streams.makeStream() }
                    let stream = try await folder.streams.stream(name: "flights")
                    let number = try await folder.streams.put(["x"], of: stream)[0]
                    let read = try await folder.streams.read(
                        from: ShardPosition(index: number.index),
                        shard: ShardID(0),
                        stream: stream,
                        maximumCount: 1,
                        maximumBytes: 1
                    )
                    arrivals += read.records.map(\.approximateArrival.millisecondsSinceEpoch)
                }
            }
            #expect(arrivals.map { $0 - ManualTime.start } == [0, 5, 5, 5, 5])
        }
    }

    @Test(arguments: [SteppingFileSystem.diskFull, SteppingFileSystem.inputOutputError])
    func aFailingDiskAcknowledgesNothing(code: Int32) async throws {
        let disk = SteppingFileSystem()
        try await withNewFolder(fileSystem: disk) { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream()
            try await streams.put(["before"], of: stream)
            disk.fail(with: code)
            let append = await serviceError { () async throws(ServiceError) in
                let record = NewRecord(shard: ShardID(0), partitionKey: "a", data: ByteBuffer(string: "lost"))
                _ = try await streams.append([record], stream: stream)
            }
            #expect(append?.code == .serviceUnavailable)
            let create = await serviceError { () async throws(ServiceError) in
                try await streams.createStream(name: "other", shardCount: 1, tags: [:])
            }
            #expect(create?.code == .serviceUnavailable)
            #expect(try await streams.streamNames(after: nil, limit: 9) == ["flights"])

            disk.fail(with: nil)
            try await streams.put(["after"], of: stream)
            #expect(try await streams.readAll(of: stream).texts == ["before", "after"])
            _ = try await streams.makeStream("other")
        }
    }

    @Test func aLogWhoseSyncFailedIsCounted() async throws {
        let disk = SteppingFileSystem()
        try await withNewFolder(fileSystem: disk) { folder in
            let streams = folder.streams
            let (failing, other) = (try await streams.makeStream(), try await streams.makeStream("other"))
            try await streams.put(["before"], of: failing)
            disk.onStep { operation in operation == "fdatasync" ? SteppingFileSystem.inputOutputError : nil }
            let record = NewRecord(shard: ShardID(0), partitionKey: "a", data: ByteBuffer(string: "lost"))
            for _ in 0..<2 {
                let error = await serviceError { () async throws(ServiceError) in
                    _ = try await streams.append([record], stream: failing)
                }
                #expect(error != nil)
                // No other call helps, but others take what they are given.
                disk.onStep(nil)
            }
            try await streams.put(["after"], of: other)
            #expect(try await streams.usage().failedLogCount == 1)
            #expect(try await streams.readAll(of: failing).texts == ["before"])
            try await streams.deleteStream(name: failing.name)
            #expect(try await streams.usage().failedLogCount == 0)
        }
    }
}
