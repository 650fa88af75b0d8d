import NIOCore
import Testing
import WeirModel

@testable import WeirWire

@Suite struct WireValueTests {
    @Test func `a tree reads from JSON and writes back`() throws {
        let text = #"{"a":[1,2.5,-3,"x",true,false,null,{}],"b":{"c":{"d":[]}},"é\n":9223372036854775808}"#
        let value = try WireValue(json: ByteBuffer(string: text))
        #expect(
            value
                == .map([
                    "a": .array([
                        .integer(1), .double(2.5), .integer(-3), .string("x"), .bool(true), .bool(false), .null,
                        .map([:]),
                    ]),
                    "b": .map(["c": .map(["d": .array([])])]), "é\n": .double(0x1p63),
                ])
        )
        var written = ByteBuffer()
        value.writeJSON(to: &written)
        #expect(
            String(buffer: written)
                == #"{"a":[1,2.5,-3,"x",true,false,null,{}],"b":{"c":{"d":[]}},"é\n":9.223372036854776e+18}"#
        )
    }

    @Test(arguments: [3, 12, 13, 1000])
    func `members are found by name in maps of any size, the last of two`(count: Int) {
        var members = (0..<count).map { WireMember("m\($0)", .integer(Int64($0))) }
        members.append(WireMember("m0", .string("last")))
        let map = WireMap(members)
        #expect(map["m0"] == .string("last"))
        #expect(map["m\(count - 1)"] == .integer(Int64(count - 1)))
        #expect(map["m\(count)"] == nil)
        #expect(map.members.count == count + 1)
    }

    /// CBOR has forms of its own for these.
    @Test func `blobs and times are read from their own forms too`() throws {
        let value = WireValue.map(["Data": .bytes(ByteBuffer(string: "x"))])
        #expect(
            try WireDecoder.decode(PutRecord.Request.self, from: value, format: .cbor).data == ByteBuffer(string: "x")
        )
        let time = Timestamp(millisecondsSinceEpoch: 1)
        let iterator = WireValue.map(["Timestamp": .timestamp(time)])
        #expect(try WireDecoder.decode(GetShardIterator.Request.self, from: iterator, format: .cbor).timestamp == time)
    }

    private struct Widths: Codable, Equatable {
        var a: Int8
        var b: UInt64
        var c: Float
        var d: [[Int?]]
        var e: Double
        var f: StreamStatus
    }

    @Test func `types beyond those of the messages read and write too`() throws {
        let value = Widths(a: -128, b: .max, c: 0.5, d: [[1, nil], []], e: 3, f: .active)
        let tree = try WireEncoder.encode(value)
        #expect(try WireDecoder.decode(Widths.self, from: tree, format: .json) == value)
        #expect(
            try WireDecoder.decode(
                [Int8].self,
                from: .array([.integer(1000), .double(-1e9), .integer(5)]),
                format: .json
            ) == [
                127, -128, 5,
            ]
        )
    }

    @Test func `an unknown case of an enumeration is refused`() {
        let error = #expect(throws: ServiceError.self) {
            try WireDecoder.decode(StreamStatus.self, from: .string("x"), format: .json)
        }
        #expect(error?.code == .serialization)
        #expect(error?.cause != nil)
    }
}
