import NIOCore
import Testing
import WeirLog
import WeirModel
import WeirRuntime

@testable import WeirStore

@Suite struct RetentionTests {
    @Test func recordsAgeOutWhereverAReaderIs() async throws {
        let time = ManualTime()
        try await withNewFolder(time: time) { folder in
            let streams = folder.streams
            let stream = try await streams.makeStream()
            let first = try await streams.put(["old"], of: stream)[0]
            time.advance(hours: 12)
            try await streams.put(["young"], of: stream)

            time.advance(hours: 12)
            #expect(try await streams.readAll(of: stream).texts == ["old", "young"])
            time.advance(milliseconds: 1)
            let starts: [ShardStart] = [
                .trimHorizon, .atSequenceNumber(first), .afterSequenceNumber(first),
                .atTimestamp(Timestamp(millisecondsSinceEpoch: 0)),
            ]
            for start in starts { #expect(try await streams.readAll(of: stream, from: start).texts == ["young"]) }

            let read = try await streams.read(
                from: ShardPosition(index: first.index),
                shard: ShardID(0),
                stream: stream,
                maximumCount: 1,
                maximumBytes: 1
            )
            #expect(read.records.map { String(buffer: $0.data) } == ["young"])

            time.advance(hours: 13)
            for start in starts { #expect(try await streams.readAll(of: stream, from: start) == ([], false)) }
        }
    }

    @Test func aChangeTakesEffectAtOnceAndForGood() async throws {
        try await withTemporaryPath { path in
            let time = ManualTime()
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                let streams = folder.streams
                let stream = try await streams.makeStream()
                try await streams.setRetention(stream: "flights", hours: 48)
                #expect(try await streams.stream(name: "flights").retentionHours == 48)
                try await streams.put(["old"], of: stream)
                time.advance(hours: 30)
                try await streams.put(["young"], of: stream)
                #expect(try await streams.readAll(of: stream).texts == ["old", "young"])
                try await streams.setRetention(stream: "flights", hours: 24)
                #expect(try await streams.readAll(of: stream).texts == ["young"])
                try await streams.setRetention(stream: "flights", hours: Limits.maximumRetentionHours)
                #expect(try await streams.readAll(of: stream).texts == ["young"])
            }
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                let stream = try await folder.streams.stream(name: "flights")
                #expect(stream.retentionHours == Limits.maximumRetentionHours)
                #expect(try await folder.streams.readAll(of: stream).texts == ["young"])
            }
        }
    }

    @Test(arguments: [
        (Limits.minimumRetentionHours - 1, "Minimum allowed retention period is 24 hours."),
        (Limits.maximumRetentionHours + 1, "Maximum allowed retention period is 8760 hours."),
    ])
    func theLimitsHold(hours: Int, text: String) async throws {
        try await withNewFolder { folder in
            let streams = folder.streams
            _ = try await streams.makeStream()
            for edge in [Limits.maximumRetentionHours, Limits.minimumRetentionHours] {
                try await streams.setRetention(stream: "flights", hours: edge)
            }
            let error = await serviceError { () async throws(ServiceError) in
                try await streams.setRetention(stream: "flights", hours: hours)
            }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.hasPrefix(text) == true)
        }
    }

    /// Of the folder, for the streams that are made from then on; and within the limits of the API, whatever it says.
    @Test func newStreamsGetTheRetentionOfTheFolder() async throws {
        try await withTemporaryPath { path in
            var configuration = DataFolder.Configuration()
            let settings = [
                (Limits.minimumRetentionHours, Limits.minimumRetentionHours), (48, 48),
                (Limits.maximumRetentionHours, Limits.maximumRetentionHours),
                (Limits.minimumRetentionHours - 1, Limits.minimumRetentionHours),
                (Limits.maximumRetentionHours + 1, Limits.maximumRetentionHours),
            ]
            var expected: [Int] = []
            for (number, (setting, kept)) in settings.enumerated() {
                configuration.retentionHours = setting
                try await DataFolder.withDataFolder(path: path, configuration: configuration, logger: quiet) { folder in
                    expected.append(kept)
                    _ = try await folder.streams.makeStream("stream-\(number)")
                    for (place, hours) in expected.enumerated() {
                        #expect(try await folder.streams.stream(name: "stream-\(place)").retentionHours == hours)
                    }
                }
            }
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                try await folder.streams.setRetention(stream: "stream-2", hours: 24)
                #expect(try await folder.streams.stream(name: "stream-2").retentionHours == 24)
                #expect(try await folder.streams.stream(name: "stream-1").retentionHours == 48)
            }
        }
    }

    @Test func recordsOfANewStreamStayForTheRetentionOfTheFolder() async throws {
        let time = ManualTime()
        var configuration = DataFolder.Configuration()
        configuration.retentionHours = 48
        try await withNewFolder(configuration: configuration, time: time) { folder in
            let stream = try await folder.streams.makeStream()
            try await folder.streams.put(["old"], of: stream)
            time.advance(hours: 48)
            #expect(try await folder.streams.readAll(of: stream).texts == ["old"])
            time.advance(milliseconds: 1)
            #expect(try await folder.streams.readAll(of: stream).texts.isEmpty)
        }
    }

    @Test func closedShardsAreDroppedWithTheirRecords() async throws {
        try await withTemporaryPath { path in
            let time = ManualTime()
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                let streams = folder.streams
                let old = try await streams.makeStream()
                try await streams.put(["old"], of: old)
                try await streams.splitShard(
                    stream: "flights",
                    shard: ShardID(0),
                    newStartingHashKey: ReshardTests.middle
                )
                time.advance(hours: 24)
                try await streams.enforceRetention()
                #expect(try await streams.stream(name: "flights").shards.count == 3)
                #expect(try await streams.readAll(of: old) == (["old"], true))

                time.advance(milliseconds: 1)
                #expect(try await streams.readAll(of: old) == ([], true))
                try await streams.enforceRetention()
                #expect(try await streams.stream(name: "flights").shards.map(\.id.number) == [1, 2])

                // A reader that was still in it comes to its end; a new one finds no such shard.
                let read = try await streams.read(
                    from: ShardPosition(index: 0),
                    shard: ShardID(0),
                    stream: old,
                    maximumCount: 1,
                    maximumBytes: 1
                )
                #expect(read.records.isEmpty && read.next == nil && read.millisBehindLatest == 0)
                let error = await serviceError { () async throws(ServiceError) in
                    _ = try await streams.position(.trimHorizon, shard: ShardID(0), stream: old)
                }
                #expect(error?.code == .resourceNotFound)
            }
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                let streams = folder.streams
                #expect(try await streams.stream(name: "flights").shards.map(\.id.number) == [1, 2])
                try await streams.mergeShards(stream: "flights", shard: ShardID(1), adjacent: ShardID(2))
                #expect(try await streams.stream(name: "flights").shards.map(\.id.number) == [1, 2, 3])
            }
        }
    }

    @Test func agedOutSegmentsLeaveTheDisk() async throws {
        var configuration = DataFolder.Configuration()
        configuration.log.segmentSizeInBytes = 64 << 10
        // Some of them stay as spare files otherwise.
        configuration.log.maximumSpareCount = 0
        try await withTemporaryPath { path in
            let time = ManualTime()
            func size() throws -> Int64 {
                let files = SystemFileSystem()
                return try files.list("\(path)/streams/1").reduce(0) {
                    try $0 + files.open("\(path)/streams/1/\($1)", .read).size()
                }
            }
            try await DataFolder.withDataFolder(
                path: path,
                configuration: configuration,
                time: time,
                logger: quiet
            ) { folder in
                let streams = folder.streams
                let stream = try await streams.makeStream()
                let text = String(repeating: "x", count: 10_000)
                for _ in 0..<40 { try await streams.put([text], of: stream) }
                let full = try size()
                time.advance(hours: 23)
                try await streams.enforceRetention()
                #expect(try await streams.readAll(of: stream).texts.count == 40)

                time.advance(hours: 2)
                try await streams.enforceRetention()
                #expect(try size() < full / 2)
                let number = try await streams.put(["new"], of: stream)[0]
                #expect(number.index == 41)
                #expect(try await streams.readAll(of: stream).texts == ["new"])
            }
        }
    }
}
