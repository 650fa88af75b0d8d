import NIOCore
import Synchronization
import Testing
import WeirLogSimulation
import WeirRuntime

@testable import WeirLog

/// What the tests of packed segments share.
extension LogFixture {
    /// Settings with which some dozens of entries fill a segment, and segments are packed.
    static func packing(blockSize: Int = 600) -> LogOptions {
        var options = small
        options.segmentSizeInBytes = 16 << 10
        options.compression = .zstd
        options.packedBlockSizeInBytes = blockSize
        options.packingPauseInNanoseconds = 1_000_000
        return options
    }

    /// The same, without packing.
    static var unpacked: LogOptions {
        var options = packing()
        options.compression = .none
        return options
    }

    func isPacked(_ path: String) -> Bool {
        guard case .valid(let header) = disk[path].withUnsafeBytes({ SegmentHeader.read($0) }) else { return false }
        return header.isPacked
    }

    /// The segments that are packed.
    var packedPaths: [String] { segmentPaths.filter(isPacked) }

    /// A log of some segments that are not packed, open.
    func writeUnpacked() async throws -> (Log, PackingEntries) {
        let log = try open(Self.unpacked)
        var entries = PackingEntries()
        try await entries.append(250, to: log)
        return (log, entries)
    }

    /// Opens the log, which must hold these entries, packs it, and reads it again.
    func check(_ entries: PackingEntries, _ comment: Comment) async throws {
        let log = try open(Self.unpacked)
        try await entries.check(log, comment)
        #expect(packingPaths.isEmpty, comment)
        log.compression = .zstd
        await log.waitForPacking()
        #expect(packedPaths.count == segmentPaths.count - 1, comment)
        try await entries.check(log, comment)
        let reports = try LogInspector(directory: directory, fileSystem: disk).inspect()
        #expect(reports.flatMap(\.damages).isEmpty, comment)
        await log.close()
    }

    /// What was begun to pack.
    var packingPaths: [String] { disk.paths.filter { $0.hasSuffix(".packing") } }
}

/// Entries that compress as records do.
struct PackingEntries {
    static let lanes = UInt32(0)..<4
    private(set) var known: [KnownEntry] = []

    /// A payload unlike any other.
    static func payload(_ number: Int) -> [UInt8] {
        Array(#"{"number":\#(number),"carrier":"US","origin":"EWR","dest":"CLT","delay":\#(number * 7 % 50)}"#.utf8)
    }

    /// Appends some more to several lanes, ten at a time.
    mutating func append(_ count: Int, to log: Log) async throws {
        let numbers = known.count..<known.count + count
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 10) {
            let entries = (start..<min(start + 10, numbers.upperBound)).map { number in
                NewLogEntry(UInt32(number * number % 7 % 4), at: Int64(number / 3), Self.payload(number))
            }
            let first = try await log.append(entries)
            for (place, entry) in entries.enumerated() {
                let payload = Array(entry.payload.readableBytesView)
                let index = first + UInt64(place)
                known.append(KnownEntry(index: index, lane: entry.lane, timestamp: entry.timestamp, payload: payload))
            }
        }
    }

    /// Reads all lanes in different steps, and looks times up.
    func check(_ log: Log, from first: UInt64 = 0, _ comment: Comment? = nil) async throws {
        for lane in Self.lanes {
            let expected = known.filter { $0.lane == lane && $0.index >= first }
            for (count, bytes) in [(1000, 1 << 30), (7, 1 << 30), (1000, 300)] {
                let found = try await log.all(lane, maximumCount: count, maximumBytes: bytes)
                #expect(found == expected, comment)
            }
            let newest = known.map(\.timestamp).max() ?? 0
            for timestamp in stride(from: Int64(0), through: newest + 1, by: 5) {
                let index = try await log.firstIndex(lane: lane, atOrAfter: timestamp)
                let found = expected.first { $0.timestamp >= timestamp }
                #expect(index == found?.index ?? log.nextIndex, comment)
            }
        }
    }
}

/// Takes down which names files of a disk are given, in their order.
final class Renames: Sendable {
    private let seen = Mutex<[String]>([])

    init(_ disk: MemoryDisk) {
        disk.judge = { [weak self] operation in
            if operation.kind == .rename { self?.seen.withLock { $0.append(operation.path) } }
            return .proceed
        }
    }

    /// The names.
    var paths: [String] { seen.withLock(\.self) }
}

/// Waits for something that comes by itself, but not for ever.
func until(
    _ what: Comment,
    isolation: isolated (any Actor)? = #isolation,
    _ condition: () -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(60)
    while !condition() {
        try #require(ContinuousClock.now < end, what)
        await Task.yield()
    }
}
