import Testing
import WeirLogSimulation
import WeirRuntime

@testable import WeirLog

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Packed segments that are not as they were written.
@Suite(.timeLimit(.minutes(5))) struct LogPackedDamageTests {
    /// A log of some packed segments, closed; and what the footer of the second says.
    private func write(_ fixture: LogFixture) async throws -> (PackingEntries, path: String, PackedIndex) {
        let log = try fixture.open(LogFixture.packing())
        var entries = PackingEntries()
        try await entries.append(400, to: log)
        await log.waitForPacking()
        let segment = try #require(log.index.snapshot(lane: 0)?.sealed[1])
        guard case .blocks(let index) = try log.files.open(segment).index else {
            throw LogError(.io, "the segment is not packed")
        }
        await log.close()
        return (entries, segment.path, index)
    }

    private func inspect(_ fixture: LogFixture) throws -> (entries: [KnownEntry], damages: [LogDamage]) {
        var entries: [KnownEntry] = []
        let reports = try LogInspector(directory: fixture.directory, fileSystem: fixture.disk).inspect { entry in
            entries.append(KnownEntry(entry))
            return true
        }
        #expect(reports.map(\.isPacked) == Array(repeating: true, count: reports.count - 1) + [false])
        return (entries, reports.flatMap(\.damages))
    }

    @Test func allEntriesAreGivenInTheirOrder() async throws {
        try await withLogFixture { fixture in
            let (entries, path, _) = try await write(fixture)
            let (found, damages) = try inspect(fixture)
            #expect(found == entries.known)
            #expect(damages.isEmpty)
            let reports = try LogInspector(directory: fixture.directory, fileSystem: fixture.disk).inspect()
            #expect(reports.map(\.nextIndex) == reports.dropFirst().map(\.baseIndex) + [401])
            #expect(reports[1].fileBytes == Int64(fixture.disk[path].count))
            #expect(reports[1].frameBytes > reports[1].fileBytes - 4096)
            // Who asks for a few is given no more.
            var count = 0
            _ = try LogInspector(directory: fixture.directory, fileSystem: fixture.disk).inspect { _ in
                count += 1
                return count < 5
            }
            #expect(count == 5)
        }
    }

    @Test func aDamagedBlockCostsItsEntriesAlone() async throws {
        try await withLogFixture { fixture in
            let (entries, path, index) = try await write(fixture)
            let block = try #require(index.blocks(of: 2).dropFirst().first)
            fixture.disk[path][Int(block.start) + block.size / 2] ^= 0x10
            let lost = entries.known.filter {
                $0.lane == 2 && (block.firstIndex...block.lastIndex).contains($0.index)
            }
            #expect(lost.count == block.count && block.count > 1)

            let log = try fixture.open(LogFixture.unpacked)
            for lane in PackingEntries.lanes where lane != 2 {
                #expect(try await log.all(lane) == entries.known.filter { $0.lane == lane })
            }
            let before = try await log.read(lane: 2, from: index.baseIndex, maximumCount: 1000, maximumBytes: 1 << 20)
            #expect(before.entries.last.map { $0.index < block.firstIndex } == true)
            let error = await logError {
                _ = try await log.read(lane: 2, from: block.firstIndex, maximumCount: 1000, maximumBytes: 1 << 20)
            }
            #expect(error?.code == .corrupt)
            #expect(error?.corruptIndex == block.lastIndex && error?.corruptCount == block.count)
            #expect(error?.message == "\(path): offset \(block.offset): \(block.title) is damaged")
            let after = try await log.all(2, from: block.lastIndex + 1)
            #expect(after == entries.known.filter { $0.lane == 2 && $0.index > block.lastIndex })
            // A search by time passes nothing over.
            for entry in lost {
                let found = try await log.firstIndex(lane: 2, atOrAfter: entry.timestamp)
                #expect(found <= entry.index)
            }
            let later = try #require(after.first { $0.timestamp > block.lastTimestamp })
            let found = try await log.firstIndex(lane: 2, atOrAfter: block.lastTimestamp + 1)
            #expect(found == later.index)
            await log.close()

            let (left, damages) = try inspect(fixture)
            #expect(left == entries.known.filter { !lost.contains($0) })
            let damage = LogDamage(
                path: path,
                offset: block.offset,
                index: block.firstIndex,
                message: "\(block.title) is damaged"
            )
            #expect(damages == [damage])
        }
    }

    @Test func aPlaceThatCannotBeReadCostsItsBlockAlone() async throws {
        try await withLogFixture { fixture in
            let (entries, path, index) = try await write(fixture)
            let block = try #require(index.blocks(of: 1).dropFirst().first)
            let log = try fixture.open(LogFixture.unpacked)
            fixture.disk.judge = { operation in
                let place = Int(block.start) + block.size / 2
                let isThere =
                    operation.path == path && operation.kind == .read
                    && (operation.offset..<operation.offset + operation.count).contains(place)
                return isThere ? .fail(EIO) : .proceed
            }
            let before = try await log.read(lane: 1, from: index.baseIndex, maximumCount: 1000, maximumBytes: 1 << 20)
            let last = entries.known.last { $0.lane == 1 && $0.index < block.firstIndex }
            #expect(before.entries.last.map { KnownEntry($0) } == last)
            let error = await logError {
                _ = try await log.read(lane: 1, from: block.firstIndex, maximumCount: 1000, maximumBytes: 1 << 20)
            }
            #expect(error?.code == .io && error?.corruptIndex == block.lastIndex)
            let after = try await log.all(1, from: block.lastIndex + 1)
            #expect(after == entries.known.filter { $0.lane == 1 && $0.index > block.lastIndex })
            await log.close()
        }
    }

    /// Of the segment before the tail the footer also tells of the lanes.
    @Test(arguments: [0, 1], [20, 70])
    func aDamagedFooterCostsNothing(fromTheEnd: Int, place: Int) async throws {
        try await withLogFixture { fixture in
            let (entries, _, _) = try await write(fixture)
            let path = fixture.packedPaths.reversed()[fromTheEnd]
            fixture.disk[path][fixture.disk[path].count - place] ^= 1
            let (left, damages) = try inspect(fixture)
            #expect(left == entries.known)
            #expect(damages.map(\.index) == [nil])
            let what = place == 20 ? "the trailer is" : "the footer is"
            #expect(damages.first?.message.hasPrefix(what) == true)

            var log = try fixture.open(LogFixture.unpacked)
            try await entries.check(log)
            await log.close()
            log = try fixture.open(LogFixture.unpacked)
            try await entries.check(log)
            let wasRepaired = try inspect(fixture).damages.isEmpty
            #expect(wasRepaired == (fromTheEnd == 0))
            await log.close()
        }
    }

    @Test func aDamagedHeaderOfABlockCostsNothingWhereTheFooterIsWhole() async throws {
        try await withLogFixture { fixture in
            let (entries, path, index) = try await write(fixture)
            fixture.disk[path][Int(index.blocks[2].offset) + 40] ^= 1
            let (left, damages) = try inspect(fixture)
            #expect(left == entries.known)
            #expect(damages.map(\.offset) == [index.blocks[2].offset])
            let log = try fixture.open(LogFixture.unpacked)
            try await entries.check(log)
            await log.close()
            // Without it, the blocks from there on are lost; what is before is given by the inspector.
            fixture.disk[path][Int(index.endOfData) + 3] ^= 1
            let found = try inspect(fixture)
            #expect(found.damages.count == 2)
            let lost = index.blocks.dropFirst(2).reduce(0) { $0 + $1.count }
            #expect(found.entries.count == entries.known.count - lost)
        }
    }

    @Test func aPackedSegmentIsNeverTakenForTheTail() async throws {
        try await withLogFixture { fixture in
            _ = try await write(fixture)
            let tail = try #require(fixture.segmentPaths.last)
            try fixture.disk.remove(tail)
            // With its footer it is whole, and the log goes on behind it.
            let next = try #require(LogFormat.baseIndex(ofPath: tail))
            let log = try fixture.open(LogFixture.packing())
            #expect(log.nextIndex == next)
            await log.close()
            try fixture.disk.remove(tail)
            let path = try #require(fixture.segmentPaths.last)
            fixture.disk[path][fixture.disk[path].count - 20] ^= 1
            let content = fixture.disk[path]
            let error = await logError { _ = try fixture.open(LogFixture.packing()) }
            #expect(error?.code == .corrupt)
            #expect(fixture.disk[path] == content)
        }
    }
}
