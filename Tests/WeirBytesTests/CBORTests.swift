import NIOCore
import Testing

@testable import WeirBytes

private func scan<T>(
    _ bytes: [UInt8],
    maximumItemCount: Int = 100,
    _ body: (inout CBORScanner) throws(CBORError) -> T
) throws(CBORError) -> T {
    // Behind other bytes, so that places are counted from the readable ones.
    var buffer = ByteBuffer(bytes: [0xFF, 0xFF] + bytes)
    buffer.moveReaderIndex(forwardBy: 2)
    return try CBORScanner.read(buffer, maximumDepth: 2, maximumItemCount: maximumItemCount, body)
}

@Suite struct CBORTests {
    /// The edges of each width of a head.
    @Test(
        arguments: [
            (0, 1), (23, 1), (24, 2), (0xFF, 2), (0x100, 3), (0xFFFF, 3), (0x1_0000, 5), (0xFFFF_FFFF, 5),
            (0x1_0000_0000, 9), (.max, 9), (-1, 1), (-24, 1), (-25, 2), (-0x100, 2), (-0x101, 3), (-0x1_0000, 3),
            (-0x1_0001, 5), (-0x1_0000_0000, 5), (-0x1_0000_0001, 9), (.min, 9),
        ] as [(Int64, Int)]
    )
    func `whole numbers are written as short as can be, and read back`(integer: Int64, count: Int) throws {
        var buffer = ByteBuffer()
        buffer.writeCBORInteger(integer)
        #expect(buffer.readableBytes == count)
        let item = try scan(Array(buffer: buffer)) { (scanner) throws(CBORError) in try scanner.readItem() }
        guard case .integer(integer) = item else {
            Issue.record("\(item)")
            return
        }
        var time = ByteBuffer()
        time.writeCBORTime(milliseconds: integer)
        let read = try scan(Array(buffer: time)) { (scanner) throws(CBORError) in try scanner.readItem() }
        guard case .time(integer) = read else {
            Issue.record("\(read)")
            return
        }
    }

    @Test(arguments: [0, 1, 23, 24, 255, 256, 65_535, 65_536])
    func `strings of any length are read back`(length: Int) throws {
        var buffer = ByteBuffer()
        buffer.writeCBORString(String(repeating: "x", count: length))
        [UInt8](repeating: 0xFF, count: length).withUnsafeBytes { buffer.writeCBORBytes($0) }
        try scan(Array(buffer: buffer)) { (scanner) throws(CBORError) in
            guard case .text(let text) = try scanner.readItem(), case .bytes(let bytes) = try scanner.readItem() else {
                Issue.record("not a text and a byte string")
                return
            }
            #expect(scanner.string(text) == String(repeating: "x", count: length))
            var copy = ByteBuffer()
            #expect(scanner.copy(bytes, to: &copy) == length)
            #expect(copy == ByteBuffer(repeating: 0xFF, count: length))
            #expect(bytes.range.count == length)
            try scanner.finish()
        }
    }

    /// `Data` in each of its forms, then names that are nearly that.
    @Test(
        arguments: [
            ([0x64, 0x44, 0x61, 0x74, 0x61], true), ([0x78, 4, 0x44, 0x61, 0x74, 0x61], true),
            ([0x7F, 0x62, 0x44, 0x61, 0x60, 0x62, 0x74, 0x61, 0xFF], true),
            ([0xC6, 0x64, 0x44, 0x61, 0x74, 0x61], true),
            ([0x64, 0x44, 0x61, 0x74, 0x65], false), ([0x63, 0x44, 0x61, 0x74], false),
            ([0x65, 0x44, 0x61, 0x74, 0x61, 0x73], false), ([0x60], false), ([0x7F, 0xFF], false),
            ([0x62, 0xC3, 0xA9], false),
        ] as [([UInt8], Bool)]
    )
    func `names are compared however they are written`(name: [UInt8], matches: Bool) throws {
        try scan([0xA1] + name + [0xF6]) { (scanner) throws(CBORError) in
            guard case .map(var members) = try scanner.readItem(), let name = try scanner.nextName(&members) else {
                Issue.record("no member")
                return
            }
            #expect(scanner.matches(name, "Data") == matches)
            try scanner.skipValue()
            #expect(try scanner.nextName(&members) == nil)
            try scanner.finish()
        }
    }

    @Test(
        arguments: [
            ([], CBORError(.unexpectedEnd, at: 0)), ([0x82, 0x00], CBORError(.unexpectedEnd, at: 2)),
            ([0x82, 0x00, 0xFF], CBORError(.unexpectedBreak, at: 2)),
            ([0x81, 0x81, 0x81, 0x00], CBORError(.tooDeep, at: 2)),
            ([0xA1, 0x01, 0x00], CBORError(.nameNotText, at: 1)), ([0x00, 0x00], CBORError(.trailingBytes, at: 1)),
            ([0x63, 0x61, 0xFF, 0x61], CBORError(.malformedUTF8, at: 0)),
            ([0x5F, 0x41, 0x00, 0x61, 0x61, 0xFF], CBORError(.malformedChunk, at: 3)),
            ([0x84, 0x00, 0x00, 0x00, 0x00], CBORError(.tooManyValues, at: 4)),
            ([0xC1, 0xC1, 0xC1, 0xC1, 0x00], CBORError(.tooManyValues, at: 4)),
            ([0xA2, 0x60, 0x00, 0x60, 0x00], CBORError(.tooManyValues, at: 4)),
            ([0x5F, 0x40, 0x40, 0x40, 0x40, 0xFF], CBORError(.tooManyValues, at: 4)),
        ] as [([UInt8], CBORError)]
    )
    func `an error tells what is wrong and where`(bytes: [UInt8], expected: CBORError) {
        let error = #expect(throws: CBORError.self) {
            try scan(bytes, maximumItemCount: 4) { (scanner) throws(CBORError) in
                try scanner.skipValue()
                try scanner.finish()
            }
        }
        #expect(error == expected)
    }
}
