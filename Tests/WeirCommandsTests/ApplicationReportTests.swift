import NIOCore
import Testing
import WeirLeases
import WeirModel
import WeirWire

@testable import WeirCommands

@Suite struct ApplicationReportTests {
    private static let ranges = HashKeyRange.uniform(count: 4)

    private func shard(_ number: Int, isOpen: Bool = true) -> Shard {
        let range = Self.ranges[number]
        return Shard(
            shardID: "shardId-\(number)",
            hashKeyRange: HashKeyRangeShape(
                startingHashKey: "\(range.starting)",
                endingHashKey: "\(range.ending)"
            ),
            sequenceNumberRange: SequenceNumberRange(
                startingSequenceNumber: "1",
                endingSequenceNumber: isOpen ? nil : "9"
            )
        )
    }

    private func lease(
        _ number: Int,
        owner: String? = nil,
        isWeir: Bool = true,
        checkpoint: LeaseCheckpoint = .sequenceNumber("7"),
        hasRange: Bool = true
    ) -> Lease {
        Lease(
            key: "shardId-\(number)",
            owner: owner,
            checkpoint: checkpoint,
            hashKeyRange: hasRange ? Self.ranges[number] : nil,
            weirOwner: isWeir ? owner : nil
        )
    }

    private func report(
        _ leases: [Lease],
        _ shards: [Shard],
        _ lags: [String: ApplicationReport.Lag] = [:]
    ) -> ApplicationReport {
        ApplicationReport(application: "app", stream: "flights", leases: leases, shards: shards, lags: lags)
    }

    @Test func tellsWhoHoldsWhatAndHowFarBehind() {
        let report = report(
            [
                lease(0, owner: "a"), lease(1, owner: "a"), lease(2, owner: "b", isWeir: false),
                lease(3, checkpoint: .trimHorizon),
            ],
            (0...3).map { shard($0) },
            [
                "shardId-0": .milliseconds(5), "shardId-1": .milliseconds(60_000), "shardId-2": .unknown("Gone"),
                "shardId-3": .milliseconds(0),
            ]
        )
        #expect(report.holes.isEmpty)
        #expect(
            report.workers == [
                .init(worker: "a", isWeir: true, leaseCount: 2, millisBehind: 60_000),
                .init(worker: "b", isWeir: false, leaseCount: 1, millisBehind: nil),
            ]
        )
        #expect(report.shards.map(\.state) == [.held, .held, .held, .unowned])
        #expect(
            report.lines == [
                "app reads flights", "", "WORKER  KIND  LEASES  BEHIND  SEEN", "a       weir  2       60 s    ?",
                "b       kcl   1       ?       ?", "", "SHARD      STATE    BEHIND  CHECKPOINT    WORKER",
                "shardId-0  held     5 ms    7             a", "shardId-1  held     60 s    7             a",
                "shardId-2  held     Gone    7             b", "shardId-3  unowned  0 ms    TRIM_HORIZON  -", "",
                "2 workers, 3 leases held, 1 unowned, 0 ended, 0 shards without a lease, 0 holes",
            ]
        )
    }

    @Test func twoLooksTellWhoLives() {
        // a renewed one of its two leases, b none, c took one over.
        let before = [lease(0, owner: "a"), lease(1, owner: "a"), lease(2, owner: "b"), lease(3, owner: "b")]
        var after = before
        after[1].counter += 1
        after[3].owner = "c"
        let report = ApplicationReport(
            application: "app",
            stream: "flights",
            leases: after,
            shards: (0...3).map { shard($0) },
            lags: [:],
            earlier: before
        )
        #expect(report.workers.map(\.isSeen) == [true, false, true])
        #expect(report.lines.filter { $0.hasSuffix("  no") }.count == 1)
    }

    @Test func whatNobodyReadsIsAHole() {
        // Shard 0 ended, 1 has no lease, 2 is not listed any more, 3 lacks a range in the table.
        let report = report(
            [lease(0, checkpoint: .shardEnd), lease(2, owner: "a"), lease(3, owner: "a", hasRange: false)],
            [shard(0, isOpen: false), shard(1), shard(3)]
        )
        #expect(report.shards.map(\.state) == [.ended, .unleased, .lost, .held])
        #expect(
            report.holes == [
                .init(startingHashKey: "0", endingHashKey: "\(Self.ranges[1].ending)")
            ]
        )
        #expect(report.lines.contains("hole: hash keys 0 to \(Self.ranges[1].ending) have no lease"))
        #expect(report.lines.last?.hasSuffix("1 ended, 1 shards without a lease, 1 holes") == true)
    }

    @Test func overlapsCoverAndEdgesCount() {
        let all = [lease(1, owner: "a"), lease(2, owner: "a")]
        let holes = report(all, []).holes
        #expect(
            holes == [
                .init(startingHashKey: "0", endingHashKey: "\(Self.ranges[0].ending)"),
                .init(startingHashKey: "\(Self.ranges[3].starting)", endingHashKey: "\(HashKey.maximum)"),
            ]
        )
        var parent = lease(0, owner: "a")
        parent.hashKeyRange = .all
        #expect(report(all + [parent], []).holes.isEmpty)
        #expect(report([], []).holes == [.init(startingHashKey: "0", endingHashKey: "\(HashKey.maximum)")])
    }

    @Test func workersThatShareByThroughputTellIt() {
        var leases = [lease(0, owner: "a"), lease(1, owner: "a"), lease(2, owner: "b")]
        leases[0].throughput = 10_240
        leases[1].throughput = 1_024
        let report = report(leases, (0...2).map { shard($0) })
        #expect(report.workers.map(\.bytesPerSecond) == [11_264, nil])
        let lines = report.lines
        #expect(lines.contains { $0.hasPrefix("WORKER") && $0.contains("KIB/S") })
        #expect(lines.contains { $0.hasPrefix("a ") && $0.contains("  11  ") })
    }

    @Test func isWrittenAsJSON() {
        var text = ByteBuffer()
        let report = report([lease(0, owner: "a")], [shard(0)], ["shardId-0": .milliseconds(5)])
        report.write(to: &text, format: .json)
        let expected = """
            {"Application":"app","Stream":"flights",\
            "Workers":[{"Worker":"a","IsWeir":true,"LeaseCount":1,"MillisBehind":5}],\
            "Shards":[{"ShardId":"shardId-0","State":"HELD","Worker":"a","Checkpoint":"7","MillisBehind":5}],\
            "Holes":[{"StartingHashKey":"\(Self.ranges[1].starting)","EndingHashKey":"\(HashKey.maximum)"}]}
            """
        #expect(String(buffer: text) == expected)
    }

    /// Workers are those of all streams together; shards of several streams may have one ID.
    @Test func severalStreamsAreTables() throws {
        func report(_ name: String, _ owners: [String?], _ lags: [Int64]) -> ApplicationReport {
            let stream = StreamIdentity(accountID: "1", streamName: name, creationEpoch: 5)
            let leases = owners.enumerated().map { number, owner in
                Lease(
                    key: stream.leaseKey(of: "shardId-\(number)"),
                    stream: stream,
                    owner: owner,
                    checkpoint: .sequenceNumber("7"),
                    hashKeyRange: Self.ranges[number],
                    weirOwner: owner
                )
            }
            var report = ApplicationReport(
                application: "app",
                stream: name,
                leases: leases,
                shards: (0..<owners.count).map { shard($0) },
                lags: Dictionary(
                    uniqueKeysWithValues: lags.enumerated().map { ("shardId-\($0.offset)", .milliseconds($0.element)) }
                )
            )
            report.streamID = "\(stream)"
            return report
        }
        let several = SeveralStreamsReport(
            application: "app",
            streams: [report("flights", ["a", "b", "a", "a"], [1, 2, 3, 4]), report("weather", ["b", nil], [9, 0])]
        )
        #expect(
            several.workers == [
                .init(worker: "a", isWeir: true, leaseCount: 3, millisBehind: 4),
                .init(worker: "b", isWeir: true, leaseCount: 2, millisBehind: 9),
            ]
        )
        #expect(several.lines.first == "app reads flights, weather")
        #expect(several.lines.contains("1:weather:5"))
        #expect(several.lines.filter { $0.hasPrefix("shardId-0  held") }.count == 2)
        #expect(several.lines.count { $0.hasPrefix("hole: ") } == 1)
        #expect(
            several.lines.last
                == "2 streams, 2 workers, 5 leases held, 1 unowned, 0 ended, 0 shards without a lease, 1 holes"
        )
    }
}
