import Foundation
import NIOCore
import Testing
import WeirLog
import WeirModel
import WeirRuntime
import WeirStore

/// What a read makes of records whose bytes on disk are not those that were written.
@Suite struct DamagedRecordTests {
    private static let count = 12

    private static func text(_ number: Int) -> String {
        let digits = String(number)
        return "record-" + String(repeating: "0", count: 3 - digits.count) + digits
            + String(repeating: "x", count: 1000)
    }

    private static func texts(but damaged: Set<Int>) -> [String] {
        (0..<count).filter { !damaged.contains($0) }.map(text)
    }

    /// A stream of twelve records, of which each segment holds some and the tail the last ones. Some are damaged on disk.
    private func withDamage(
        to damaged: Set<Int>,
        recordsPerSegment: Int = 3,
        _ body: (EmbeddedStreamStore, StreamDescription, [SequenceNumber]) async throws -> Void
    ) async throws {
        var configuration = DataFolder.Configuration()
        configuration.log.segmentSizeInBytes = 4096 + recordsPerSegment * 1100
        let time = ManualTime()
        try await withTemporaryPath { path in
            try await DataFolder.withDataFolder(
                path: path,
                configuration: configuration,
                time: time,
                logger: quiet
            ) { folder in
                let stream = try await folder.streams.makeStream()
                var numbers: [SequenceNumber] = []
                for number in 0..<Self.count {
                    numbers += try await folder.streams.put([Self.text(number)], of: stream)
                    time.advance(hours: 1)
                }
                for number in damaged {
                    try damage(String(Self.text(number).prefix(10)), below: "\(path)/streams/\(stream.id)")
                }
                try await body(folder.streams, stream, numbers)
            }
        }
    }

    /// Changes three bytes behind a text in the one file that holds it.
    private func damage(_ text: String, below folder: String) throws {
        for name in try SystemFileSystem().list(folder) {
            let path = "\(folder)/\(name)"
            let bytes = try Data(contentsOf: URL(filePath: path))
            guard let place = bytes.firstRange(of: Data(text.utf8)) else { continue }
            let file = try SystemFileSystem().open(path, .readWrite)
            try [UInt8]("???".utf8).withUnsafeBytes { try file.write($0, at: Int64(place.upperBound)) }
            return
        }
        Issue.record("no file holds \(text)")
    }

    @Test(arguments: [[0], [4], [2, 3], [3, 4, 5], [0, 1, 2, 3, 4, 5, 6, 7, 8]] as [Set<Int>])
    func readsLeaveThemOutAndGoOn(damaged: Set<Int>) async throws {
        try await withDamage(to: damaged) { streams, stream, _ in
            let before = try await streams.usage()
            #expect(before.damagedRecordCount == 0)
            for count in [1, 2, 10_000] {
                let read = try await streams.readAll(of: stream, maximumCount: count)
                #expect(read.texts == Self.texts(but: damaged))
            }
            // However often they were met.
            let after = try await streams.usage()
            #expect(after.damagedRecordCount == damaged.count)
        }
    }

    @Test func theNumberOfOneIsAPlaceToReadFrom() async throws {
        try await withDamage(to: [4]) { streams, stream, numbers in
            let rest = Array(Self.texts(but: [4])[4...])
            for start in [ShardStart.atSequenceNumber(numbers[4]), .afterSequenceNumber(numbers[4])] {
                let read = try await streams.readAll(of: stream, from: start)
                #expect(read.texts == rest)
            }
        }
    }

    @Test(arguments: [[4], [3, 4], [4, 5], [3, 4, 5], [2], [1, 2, 3], [1, 3, 5, 7]] as [Set<Int>], [3, 8])
    func aSearchByTimeFindsTheFirstWholeRecord(damaged: Set<Int>, recordsPerSegment: Int) async throws {
        try await withDamage(to: damaged, recordsPerSegment: recordsPerSegment) { streams, stream, _ in
            let all = try await streams.position(.trimHorizon, shard: ShardID(0), stream: stream)
            let records = try await streams.read(
                from: all,
                shard: ShardID(0),
                stream: stream,
                maximumCount: 1,
                maximumBytes: 1 << 20
            ).records
            let first = try #require(records.first).approximateArrival.millisecondsSinceEpoch
            for hour in 0..<Self.count {
                let moment = Timestamp(millisecondsSinceEpoch: first + Int64(hour) * 3_600_000)
                let texts = try await streams.readAll(of: stream, from: .atTimestamp(moment)).texts
                let expected = (hour..<Self.count).filter { !damaged.contains($0) }.map(Self.text)
                #expect(texts == expected, "hour \(hour)")
            }
        }
    }

    @Test func aClosedShardEndsBehindItsLastRecord() async throws {
        try await withDamage(to: [8]) { streams, stream, _ in
            let key = try #require(HashKey("1000"))
            try await streams.splitShard(stream: stream.name, shard: ShardID(0), newStartingHashKey: key)
            let read = try await streams.readAll(of: stream)
            #expect(read.hasEnded)
            #expect(read.texts == Self.texts(but: [8]))
        }
    }
}
