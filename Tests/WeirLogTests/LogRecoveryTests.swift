import NIOCore
import Testing
import WeirLogSimulation

@testable import WeirLog

@Suite(.timeLimit(.minutes(15))) struct LogRecoveryTests {
    /// A log of three commits, and where each entry ends in its only segment.
    private struct Written {
        var path: String
        var bytes: [UInt8]
        var entries: [KnownEntry]
        var ends: [Int]
        var lastCommitStart: Int
    }

    private func write(_ fixture: LogFixture) async throws -> Written {
        let log = try fixture.open(LogFixture.small)
        var entries: [KnownEntry] = []
        var ends: [Int] = []
        var end = 4096
        var lastCommitStart = end
        for sizes in [[40], [3, 0, 17], [64, 9]] {
            lastCommitStart = end
            let payloads = sizes.map { [UInt8](repeating: UInt8($0) + 1, count: $0) }
            let first = try await log.append(payloads.map { NewLogEntry(UInt32($0.count % 2), at: 5, $0) })
            for (place, payload) in payloads.enumerated() {
                let lane = UInt32(payload.count % 2)
                entries.append(KnownEntry(index: first + UInt64(place), lane: lane, timestamp: 5, payload: payload))
                end += FrameHeader.frameSize(payloadSize: payload.count)
                ends.append(end)
            }
        }
        await log.close()
        let path = fixture.segmentPaths[0]
        return Written(
            path: path,
            bytes: fixture.disk[path],
            entries: entries,
            ends: ends,
            lastCommitStart: lastCommitStart
        )
    }

    /// Opens, checks that exactly these entries are there, appends and opens once more.
    private func expect(_ entries: [KnownEntry], in fixture: LogFixture, _ comment: Comment) async throws {
        var log = try fixture.open(LogFixture.small)
        #expect(log.nextIndex == UInt64(entries.count) + 1, comment)
        let found = try await log.all(0) + log.all(1)
        #expect(found.sorted { $0.index < $1.index } == entries, comment)
        #expect(try await log.append([NewLogEntry(2, "after")]) == UInt64(entries.count) + 1, comment)
        await log.close()
        log = try fixture.open(LogFixture.small)
        #expect(log.nextIndex == UInt64(entries.count) + 2, comment)
        #expect(try await log.texts(2) == ["after"], comment)
        await log.close()
    }

    @Test(arguments: [TailDamage.cut, .zeros, .garbage])
    func everyPrefixOfTheLastCommitsIsRecovered(damage: TailDamage) async throws {
        try await withLogFixture { fixture in
            let written = try await write(fixture)
            let end = written.ends.last!
            // What is cut off at an earlier commit takes all later ones with it, as when they were never written.
            for place in 4096...end {
                var bytes = Array(written.bytes[..<place])
                switch damage {
                case .cut: break
                case .zeros: bytes += [UInt8](repeating: 0, count: written.bytes.count - place)
                case .garbage: bytes += (0..<500).map { UInt8(truncatingIfNeeded: ($0 &* 31) | 1) }
                }
                fixture.disk[written.path] = bytes
                var whole = written.ends.filter { $0 <= place }.count
                // A frame that ends in zeros is whole before they are written.
                if damage == .zeros {
                    while whole < written.ends.count, written.bytes[place..<written.ends[whole]].allSatisfy({ $0 == 0 })
                    {
                        whole += 1
                    }
                }
                try await expect(Array(written.entries[..<whole]), in: fixture, "\(damage) at \(place)")
            }
        }
    }

    @Test func holeInTheLastCommitIsATornTail() async throws {
        try await withLogFixture { fixture in
            let written = try await write(fixture)
            var bytes = written.bytes
            bytes[written.lastCommitStart + 40] ^= 1
            fixture.disk[written.path] = bytes
            let whole = written.ends.filter { $0 <= written.lastCommitStart }.count
            try await expect(
                Array(written.entries[..<whole]),
                in: fixture,
                "the second entry of the commit is dropped too"
            )
        }
    }

    @Test func everyFlippedBitBeforeTheLastCommitIsCorruption() async throws {
        try await withLogFixture { fixture in
            let written = try await write(fixture)
            for place in 4096..<written.lastCommitStart {
                var bytes = written.bytes
                bytes[place] ^= 1 << UInt8(place % 8)
                fixture.disk[written.path] = bytes
                let error = await logError { _ = try fixture.open(LogFixture.small) }
                let frame = ([4096] + written.ends).last { $0 <= place }!
                #expect(error?.code == .corrupt, "byte \(place)")
                #expect(error?.message.contains("\(written.path): offset \(frame): ") == true)
                #expect(fixture.disk[written.path] == bytes, "nothing is destroyed")
            }
        }
    }

    @Test func damagedHeaderBeforeEntriesIsCorruption() async throws {
        try await withLogFixture { fixture in
            let written = try await write(fixture)
            for place in [0, 12, 16, 24, 40] {
                var bytes = written.bytes
                bytes[place] ^= 1
                fixture.disk[written.path] = bytes
                let error = await logError { _ = try fixture.open(LogFixture.small) }
                #expect(error?.code == .corrupt)
                #expect(fixture.disk[written.path] == bytes)
            }
        }
    }

    @Test func newerVersionIsRefused() async throws {
        try await withLogFixture { fixture in
            let written = try await write(fixture)
            var bytes = written.bytes
            bytes[8] = 4
            fixture.disk[written.path] = bytes
            let error = await logError { _ = try fixture.open(LogFixture.small) }
            #expect(error?.code == .unsupportedFormat)
            #expect(error?.message.contains("format version 4; this program reads up to 3") == true)
            #expect(fixture.disk[written.path] == bytes)
        }
    }

    /// A segment's file appeared and the crash came before its header was whole.
    @Test(arguments: [0, 1, 64, 4096, 9000])
    func unfinishedSegmentIsMadeAnew(size: Int) async throws {
        try await withLogFixture { fixture in
            fixture.disk["/log/\(LogFormat.segmentName(baseIndex: 1))"] = [UInt8](repeating: 0, count: size)
            try await expect([KnownEntry](), in: fixture, "first segment")
        }
        try await withLogFixture { fixture in
            let before = try await returnToBeforeTheLastSegment(fixture)
            fixture.disk[before.lastPath] = [UInt8](repeating: 0, count: size)
            try await expect(before, in: fixture)
        }
    }

    @Test func crashBetweenSealingAndTheNextSegmentIsRecovered() async throws {
        try await withLogFixture { fixture in
            try await expect(try await returnToBeforeTheLastSegment(fixture), in: fixture)
        }
    }

    @Test func lostFooterIsRebuiltByAScan() async throws {
        for lost in [Lost.trailer, .body, .cut] {
            for count in 1...3 {
                try await withLogFixture { fixture in
                    try await writeSegments(fixture)
                    var log = try fixture.open(LogFixture.small)
                    let entries = try await log.all(1)
                    await log.close()
                    for path in fixture.segmentPaths.dropLast().suffix(count) { lost.apply(to: &fixture.disk[path]) }
                    for _ in 0..<2 {
                        log = try fixture.open(LogFixture.small)
                        #expect(log.newestTimestamp(lane: 7) == 0, "lanes idle since earlier segments are still known")
                        #expect(try await log.all(1) == entries)
                        #expect(try await log.texts(7) == ["idle"])
                        await log.close()
                    }
                }
            }
        }
    }

    @Test func missingSegmentIsCorruption() async throws {
        try await withLogFixture { fixture in
            try await writeSegments(fixture)
            let paths = fixture.segmentPaths
            try fixture.disk.remove(paths[paths.count - 2])
            let error = await logError { _ = try fixture.open(LogFixture.small) }
            #expect(error?.code == .corrupt)
            #expect(error?.message.contains("are missing") == true)
        }
    }

    @Test func corruptSealedFrameCostsOnlyItself() async throws {
        try await withLogFixture { fixture in
            try await writeSegments(fixture)
            var log = try fixture.open(LogFixture.small)
            let entries = try await log.all(1)
            await log.close()
            let path = fixture.segmentPaths[1]
            let damaged = try #require(LogFormat.baseIndex(ofPath: path)) + 2
            fixture.disk[path][4096 + 2 * FrameHeader.frameSize(payloadSize: 500) + 100] ^= 0x10
            log = try fixture.open(LogFixture.small)
            let before = try await log.read(lane: 1, from: 0, maximumCount: 1000, maximumBytes: 1 << 20)
            #expect(before.entries.map { KnownEntry($0) } == entries.filter { $0.index < damaged })
            #expect(before.nextIndex == damaged && !before.isAtTip)
            let error = await logError {
                _ = try await log.read(lane: 1, from: damaged, maximumCount: 1000, maximumBytes: 1 << 20)
            }
            #expect(error?.code == .corrupt)
            #expect(error?.corruptIndex == damaged)
            #expect(error?.message.contains(path) == true)
            #expect(try await log.all(1, from: damaged + 1) == entries.filter { $0.index > damaged })
            await log.close()
        }
    }

    @Test func otherFilesInTheFolderAreLeftAlone() async throws {
        try await withLogFixture { fixture in
            fixture.disk["/log/notes.txt"] = [1, 2, 3]
            let written = try await write(fixture)
            try await expect(written.entries, in: fixture, "reopened")
            #expect(fixture.disk["/log/notes.txt"] == [1, 2, 3])
        }
    }

    /// One entry in lane 7, then several segments of lane 1.
    private func writeSegments(_ fixture: LogFixture) async throws {
        let log = try fixture.open(LogFixture.small)
        _ = try await log.append([NewLogEntry(7, at: 0, "idle")])
        for number in 1..<40 {
            _ = try await log.append([NewLogEntry(1, at: Int64(number), [UInt8](repeating: UInt8(number), count: 500))])
        }
        await log.close()
        #expect(fixture.segmentPaths.count > 4)
    }

    /// What a log held at the moment when its last segment was to be made.
    private struct Before {
        var lastPath: String
        var nextIndex: UInt64
        var entries: [KnownEntry]
    }

    /// Writes segments and removes the last: as after a crash when the one before it had just been sealed.
    private func returnToBeforeTheLastSegment(_ fixture: LogFixture) async throws -> Before {
        try await writeSegments(fixture)
        let log = try fixture.open(LogFixture.small)
        let lastPath = try #require(fixture.segmentPaths.last)
        let nextIndex = try #require(LogFormat.baseIndex(ofPath: lastPath))
        let entries = try await log.all(1).filter { $0.index < nextIndex }
        await log.close()
        try fixture.disk.remove(lastPath)
        return Before(lastPath: lastPath, nextIndex: nextIndex, entries: entries)
    }

    private func expect(_ before: Before, in fixture: LogFixture) async throws {
        let log = try fixture.open(LogFixture.small)
        #expect(log.nextIndex == before.nextIndex)
        #expect(try await log.all(1) == before.entries)
        #expect(try await log.texts(7) == ["idle"])
        #expect(try await log.append([NewLogEntry(2, at: 0, "x")]) == before.nextIndex)
        #expect(log.newestTimestamp(lane: 2) == before.entries.last?.timestamp, "time does not go back")
        await log.close()
    }
}

/// What stands behind the bytes that arrived.
enum TailDamage: Sendable {
    case cut, zeros, garbage
}

/// How a footer is lost.
private enum Lost {
    case trailer, body, cut

    func apply(to bytes: inout [UInt8]) {
        switch self {
        case .trailer: bytes[bytes.count - 20] ^= 1
        case .body: bytes[bytes.count - 70] ^= 1
        case .cut: bytes.removeLast(64)
        }
    }
}
