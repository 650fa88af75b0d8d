import NIOCore
import Synchronization
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

/// Files that are written from their start to their end.
@Suite struct SequentialWriterTests {
    /// Writes pieces of many sizes, and answers what they were. What was not written yet stays in the buffer.
    private func write(to disk: MemoryDisk, isDirect: Bool = true) throws -> [UInt8] {
        var random = SeededRandom(seed: 5)
        let file = try disk.open("/a", .create)
        let writer = SequentialWriter(file, path: "/a", in: disk, isDirect: isDirect)
        var pending = ByteBuffer()
        var all: [UInt8] = []
        for size in [1, 511, 512, 4096, 4097, 0, 700_000, 3, 260_000, 8192, 77] {
            let piece = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            all += piece
            pending.writeBytes(piece)
            try writer.write(&pending)
        }
        try writer.write(&pending, isEnd: true)
        #expect(pending.readableBytes == 0)
        try writer.sync()
        return all
    }

    @Test(arguments: [nil, 512, 4096, 16_384]) func allBytesAreWritten(alignment: Int?) throws {
        let disk = MemoryDisk()
        disk.directAlignment = alignment
        let all = try write(to: disk)
        #expect(disk["/a"] == all)
        #expect((disk.directWriteCount > 0) == (alignment != nil) && disk.misalignedCount == 0)
        #expect(disk.syncCount == 1)
    }

    @Test func withoutItNothingIsWrittenDirectly() throws {
        let disk = MemoryDisk()
        disk.directAlignment = 4096
        #expect(try write(to: disk, isDirect: false) == disk["/a"])
        #expect(disk.directWriteCount == 0)
    }

    @Test(arguments: [0, 1, 2, 5]) func aFileSystemThatRefusesIsWrittenByThePageCache(taken: Int) throws {
        let disk = MemoryDisk()
        disk.directAlignment = 512
        let count = Atomic<Int>(0)
        disk.judge = { operation in
            guard operation.kind == .directWrite else { return .proceed }
            return count.add(1, ordering: .relaxed).oldValue < taken ? .proceed : .fail(EINVAL)
        }
        #expect(try write(to: disk) == disk["/a"])
        #expect(count.load(ordering: .relaxed) == taken + 1, "and not asked again")
    }

    @Test func anErrorOfTheDiskIsTold() throws {
        let disk = MemoryDisk()
        disk.directAlignment = 512
        disk.judge = { $0.kind == .directWrite ? .fail(ENOSPC) : .proceed }
        let error = #expect(throws: FileError.self) { try write(to: disk) }
        #expect(error?.isOutOfSpace == true)
    }
}
