import NIOCore
import Testing
import WeirBytes
import WeirModel

@testable import WeirWire

/// The examples of RFC 8949.
@Suite struct CBORVectorTests {
    private static let oneTo25 = WireValue.array((1...25).map { .integer($0) })
    private static let nested = WireValue.array([
        .integer(1), .array([.integer(2), .integer(3)]), .array([.integer(4), .integer(5)]),
    ])

    /// Appendix A, as far as a message can hold it. The last member: whether the writer chooses the same bytes.
    static let vectors: [(hex: String, value: WireValue, isWritten: Bool)] = [
        ("00", .integer(0), true), ("01", .integer(1), true), ("0a", .integer(10), true), ("17", .integer(23), true),
        ("1818", .integer(24), true), ("1819", .integer(25), true), ("1864", .integer(100), true),
        ("1903e8", .integer(1000), true), ("1a000f4240", .integer(1_000_000), true),
        ("1b000000e8d4a51000", .integer(1_000_000_000_000), true),
        ("1bffffffffffffffff", .double(18_446_744_073_709_551_616), false),
        ("c249010000000000000000", .bytes(ByteBuffer(bytes: [1, 0, 0, 0, 0, 0, 0, 0, 0])), false),
        ("3bffffffffffffffff", .double(-18_446_744_073_709_551_616), false),
        ("c349010000000000000000", .bytes(ByteBuffer(bytes: [1, 0, 0, 0, 0, 0, 0, 0, 0])), false),
        ("20", .integer(-1), true), ("29", .integer(-10), true), ("3863", .integer(-100), true),
        ("3903e7", .integer(-1000), true), ("f90000", .double(0), false), ("f98000", .double(-0.0), false),
        ("f93c00", .double(1), false), ("fb3ff199999999999a", .double(1.1), true), ("f93e00", .double(1.5), false),
        ("f97bff", .double(65504), false), ("fa47c35000", .double(100_000), false),
        ("fa7f7fffff", .double(3.4028234663852886e+38), false), ("fb7e37e43c8800759c", .double(1.0e+300), true),
        ("f90001", .double(5.960464477539063e-8), false), ("f90400", .double(0.00006103515625), false),
        ("f9c400", .double(-4), false), ("fbc010666666666666", .double(-4.1), true),
        ("f97c00", .double(.infinity), false), ("f9fc00", .double(-.infinity), false),
        ("fa7f800000", .double(.infinity), false), ("faff800000", .double(-.infinity), false),
        ("fb7ff0000000000000", .double(.infinity), true), ("fbfff0000000000000", .double(-.infinity), true),
        ("f4", .bool(false), true), ("f5", .bool(true), true), ("f6", .null, true), ("f7", .null, false),
        ("c074323031332d30332d32315432303a30343a30305a", .string("2013-03-21T20:04:00Z"), false),
        // Seconds by the RFC, milliseconds by the SDK for Java.
        ("c11a514b67b0", .timestamp(Timestamp(millisecondsSinceEpoch: 1_363_896_240)), true),
        ("c1fb41d452d9ec200000", .timestamp(Timestamp(millisecondsSinceEpoch: 1_363_896_241)), false),
        ("d74401020304", .bytes(ByteBuffer(bytes: [1, 2, 3, 4])), false),
        ("d818456449455446", .bytes(ByteBuffer(string: "dIETF")), false),
        ("d82076687474703a2f2f7777772e6578616d706c652e636f6d", .string("http://www.example.com"), false),
        ("40", .bytes(ByteBuffer()), true), ("4401020304", .bytes(ByteBuffer(bytes: [1, 2, 3, 4])), true),
        ("60", .string(""), true), ("6161", .string("a"), true), ("6449455446", .string("IETF"), true),
        ("62225c", .string("\"\\"), true), ("62c3bc", .string("\u{fc}"), true), ("63e6b0b4", .string("\u{6c34}"), true),
        ("64f0908591", .string("\u{10151}"), true), ("80", .array([]), true),
        ("83010203", .array([.integer(1), .integer(2), .integer(3)]), true), ("8301820203820405", nested, true),
        ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", oneTo25, true), ("a0", .map([:]), true),
        ("a26161016162820203", .map(["a": .integer(1), "b": .array([.integer(2), .integer(3)])]), true),
        ("826161a161626163", .array([.string("a"), .map(["b": .string("c")])]), true),
        (
            "a56161614161626142616361436164614461656145",
            .map(["a": .string("A"), "b": .string("B"), "c": .string("C"), "d": .string("D"), "e": .string("E")]), true
        ),
        ("5f42010243030405ff", .bytes(ByteBuffer(bytes: [1, 2, 3, 4, 5])), false),
        ("7f657374726561646d696e67ff", .string("streaming"), false), ("9fff", .array([]), false),
        ("9f018202039f0405ffff", nested, false), ("9f01820203820405ff", nested, false),
        ("83018202039f0405ff", nested, false), ("83019f0203ff820405", nested, false),
        ("9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", oneTo25, false),
        ("bf61610161629f0203ffff", .map(["a": .integer(1), "b": .array([.integer(2), .integer(3)])]), false),
        ("826161bf61626163ff", .array([.string("a"), .map(["b": .string("c")])]), false),
        ("bf6346756ef563416d7421ff", .map(["Fun": .bool(true), "Amt": .integer(-2)]), false),
    ]

    @Test(arguments: vectors.indices)
    func `each example is read`(index: Int) throws {
        let (hex, value, isWritten) = Self.vectors[index]
        #expect(try WireValue(cbor: bytes(hex)) == value, "\(hex)")
        if case .double(let double) = value, case .double(let read) = try WireValue(cbor: bytes(hex)) {
            #expect(read.sign == double.sign, "\(hex)")
        }
        var written = ByteBuffer()
        value.writeCBOR(to: &written)
        #expect((written == bytes(hex)) == isWritten, "\(hex)")
        #expect(try WireValue(cbor: written) == value, "\(hex)")
    }

    @Test(arguments: ["f97e00", "fa7fc00000", "fb7ff8000000000000", "c1f97e00"])
    func `what is not a number is read`(hex: String) throws {
        guard case .double(let double) = try WireValue(cbor: bytes(hex)) else {
            Issue.record("\(hex) is no double")
            return
        }
        #expect(double.isNaN)
    }

    @Test(arguments: [
        ("f0", CBORError.Reason.unknownSimpleValue), ("f8ff", .unknownSimpleValue), ("a201020304", .nameNotText),
    ])
    func `the examples that no message can hold are refused`(hex: String, reason: CBORError.Reason) {
        let error = #expect(throws: CBORError.self) { try WireValue(cbor: bytes(hex)) }
        #expect(error?.reason == reason)
    }

    /// Appendix F.
    static let malformed: [(reason: CBORError.Reason?, hex: String)] = [
        (
            .unexpectedEnd,
            """
            18 19 1a 1b 1901 1a0102 1b01020304050607 38 58 78 98 9a01ff00 b8 d8 f8 f900 fa0000 fb000000 41 61 5affffffff00 \
            5bffffffffffffffff010203 7affffffff00 7b7fffffffffffffff010203 81 818181818181818181 8200 a1 a20102 a100 \
            a2000000 c0 5f4100 7f6100 9f 9f0102 bf 819f 9f8000 9f9f9f9f9fffffffff 9f819f819f9fffffff 9bffffffffffffffff \
            bbffffffffffffffff 9b7fffffffffffffff bb7fffffffffffffff
            """
        ),
        (
            .malformedHead,
            """
            1c 1d 1e 3c 3d 3e 5c 5d 5e 7c 7d 7e 9c 9d 9e bc bd be dc dd de fc fd fe f800 f801 f818 f81f 1f 3f df
            """
        ),
        (
            .malformedChunk,
            "5f00ff 5f21ff 5f6100ff 5f80ff 5fa0ff 5fc000ff 5fe0ff 7f4100ff 5f5f4100ffff 7f7f6100ffff"
        ),
        (.unexpectedBreak, "ff 81ff 8200ff 9f81ff 9f829f819f9fffffffff bf6161ff"),
        (nil, "bf01020102 a1ff a1ff00 a100ff a20000ff bf00ff bf000000ff"),
        (.malformedUTF8, "61ff 62c328 7f61c361a9ff a161ff00 63eda080"),
        (.trailingBytes, "0000 8000 a0f6 f6f6"),
    ]

    @Test(arguments: malformed.indices)
    func `what is not well-formed is refused`(index: Int) {
        for hex in Self.malformed[index].hex.split(separator: " ") {
            let error = #expect(throws: CBORError.self, "\(hex)") { try WireValue(cbor: bytes(String(hex))) }
            if let reason = Self.malformed[index].reason { #expect(error?.reason == reason, "\(hex)") }
            // The same bytes behind the name of a member that no message knows, which is skipped.
            let body = ByteBuffer(bytes: [0xA1, 0x61, 0x58]) + bytes(String(hex))
            for type in [PutRecords.Request.self, ListStreams.Request.self] as [any WireMessage.Type] {
                let refusal = #expect(throws: ServiceError.self, "\(hex)") {
                    _ = try type.init(wire: body, format: .cbor)
                }
                #expect(refusal?.code == .serialization)
                #expect(refusal?.message.hasPrefix("The body is not CBOR that can be read: ") == true)
            }
        }
    }

    private func bytes(_ hex: String) -> ByteBuffer {
        let digits = hex.compactMap(\.hexDigitValue)
        return ByteBuffer(
            bytes: stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
        )
    }
}

private func + (left: ByteBuffer, right: ByteBuffer) -> ByteBuffer {
    var joined = left
    joined.writeImmutableBuffer(right)
    return joined
}
