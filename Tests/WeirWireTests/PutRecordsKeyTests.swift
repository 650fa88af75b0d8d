import NIOCore
import Testing
import WeirModel

@testable import WeirWire

/// Partition keys of PutRecords are read as bytes: as every other text is, and beside the data of their records.
@Suite struct PutRecordsKeyTests {
    static let keys =
        [0, 1, 15, 16, 36, 55, 56, 256, 257].map { String(repeating: "k", count: $0) } + [
            "é", "日本", "e\u{301}", "\u{0}", "\"\\/\n\t", String(repeating: "😀", count: 256),
        ]

    private func json(_ key: String) -> String {
        var body = ByteBuffer()
        WireValue.string(key).writeJSON(to: &body)
        return String(buffer: body)
    }

    /// All characters of a key as escapes.
    private func escaped(_ key: String) -> String {
        "\"" + key.utf16.map { "\\u" + String(0x10000 + Int($0), radix: 16).dropFirst() }.joined() + "\""
    }

    private func joined(_ parts: [UInt8]...) -> [UInt8] { parts.flatMap { $0 } }

    /// A text of fewer than 24 bytes in CBOR.
    private func text(_ text: String) -> [UInt8] { joined([0x60 + UInt8(text.utf8.count)], Array(text.utf8)) }

    private func read(_ json: String) throws -> [PutRecordsRequestEntry]? {
        try PutRecords.Request(json: #"{"Records":[\#(json)]}"#).records
    }

    @Test(arguments: keys)
    func `a key in JSON is read in either order, as it is and in escapes`(key: String) throws {
        let entry = PutRecordsRequestEntry(data: ByteBuffer(string: "data"), partitionKey: key)
        let data = #""Data":"ZGF0YQ==""#
        for text in [json(key), escaped(key)] {
            let member = #""PartitionKey":\#(text)"#
            for record in [
                "{\(data),\(member)}", "{\(member),\(data)}", #"{\#(data),"X":[{"PartitionKey":1}],\#(member)}"#,
                #"{\#(member) , "X":"PartitionKey", \#(data)}"#, #"{"PartitionKey":"x",\#(data),\#(member)}"#,
                #"{"PartitionKey":null,\#(member),\#(data)}"#,
            ] {
                let records = try #require(try read(record + "," + record))
                #expect(records == [entry, entry], "\(record)")
                #expect(records.allSatisfy { $0.partitionKey.map { Array($0.utf8) } == Array(key.utf8) })
                #expect(records.allSatisfy { $0.content.partitionKeySize == key.utf8.count })
            }
            #expect(try read("{\(member)}") == [PutRecordsRequestEntry(partitionKey: key)])
            #expect(
                try read(#"{\#(member),"Data":""}"#)
                    == [PutRecordsRequestEntry(data: ByteBuffer(), partitionKey: key)]
            )
            #expect(
                try read(#"{\#(member),\#(data),"PartitionKey":null}"#) == [PutRecordsRequestEntry(data: entry.data)]
            )
        }
    }

    @Test(arguments: keys)
    func `a key in CBOR is read in either order, whole and in chunks`(key: String) throws {
        let data = WireMember("Data", .bytes(ByteBuffer(string: "data")))
        let member = WireMember("PartitionKey", .string(key))
        let other = WireMember("X", .array([.string("PartitionKey")]))
        let absent = WireMember("PartitionKey", .null)
        let cases: [([WireMember], data: String?, key: String?)] = [
            ([data, member], "data", key), ([member, other, data], "data", key), ([absent, data, member], "data", key),
            ([member, data, absent], "data", nil), ([member], nil, key), ([data], "data", nil), ([], nil, nil),
        ]
        let records = WireValue.array(cases.map { .map(WireMap($0.0)) })
        let expected = cases.map {
            PutRecordsRequestEntry(data: $0.data.map { ByteBuffer(string: $0) }, partitionKey: $0.key)
        }
        for seed in 0..<20 {
            let body = LooseCBOR(.map(["Records": records]), seed: UInt64(seed))
            #expect(try PutRecords.Request(cbor: body.bytes).records == expected, "seed \(seed)")
        }
    }

    @Test(arguments: keys)
    func `a key in chunks stands beside data that is whole, and the other way round`(key: String) throws {
        let bytes = Array(key.utf8)
        let length = [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)]
        let chunks = joined([0x7F, 0x79], length, bytes, text("+"), [0xFF])
        let head = joined([0xA1], text("Records"), [0x81, 0xA2])
        let keyInChunks = joined(head, text("Data"), [0x42, 1, 2], text("PartitionKey"), chunks)
        let data = ByteBuffer(bytes: [1, 2])
        #expect(
            try PutRecords.Request(cbor: keyInChunks).records
                == [PutRecordsRequestEntry(data: data, partitionKey: key + "+")]
        )
        let dataChunks: [UInt8] = [0x5F, 0x41, 1, 0x41, 2, 0xFF]
        let whole = joined([0x79], length, bytes)
        let dataInChunks = joined(head, text("PartitionKey"), whole, text("Data"), dataChunks)
        #expect(
            try PutRecords.Request(cbor: dataInChunks).records
                == [PutRecordsRequestEntry(data: data, partitionKey: key)]
        )
    }

    /// Errors show the place in the body, so that both names are made to end there.
    @Test(
        arguments: [
            #""\ud800""#, #""\ud800x""#, #""\udc00""#, #""\ud800\u0041""#, #""\x""#, #""\u12""#, "\"a\nb\"", "\"abc",
            "23", "true", "[]", "{}", "nul",
        ]
    )
    func `a malformed key in JSON is refused as any other text is`(value: String) throws {
        let key = #expect(throws: ServiceError.self) { _ = try read(#"{   "PartitionKey":\#(value)}"#) }
        let text = #expect(throws: ServiceError.self) { _ = try read(#"{"ExplicitHashKey":\#(value)}"#) }
        #expect(key?.code == text?.code && key?.message == text?.message)
    }

    @Test(arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]])
    func `a key of malformed UTF-8 is refused as any other text is`(bytes: [UInt8]) throws {
        func refusal(_ format: WireFormat, _ name: String) -> ServiceError? {
            var body = ByteBuffer()
            switch format {
            case .json:
                body.writeString(#"{"Records":[{\#(name == "PartitionKey" ? "   " : "")"\#(name)":""#)
                body.writeBytes(bytes)
                body.writeString(#""}]}"#)
            case .cbor:
                body.writeBytes(joined([0xA1], text("Records"), [0x81, 0xA2], text("x")))
                body.writeBytes(text(name == "PartitionKey" ? "aaa" : ""))
                body.writeBytes(joined(text(name), [0x60 + UInt8(bytes.count)], bytes))
            }
            let whole = body
            return #expect(throws: ServiceError.self) { _ = try PutRecords.Request(wire: whole, format: format) }
        }
        for format in [WireFormat.json, .cbor] {
            let (key, text) = (refusal(format, "PartitionKey"), refusal(format, "ExplicitHashKey"))
            #expect(key?.code == .serialization)
            #expect(key?.code == text?.code && key?.message == text?.message)
        }
    }

    @Test(arguments: [WireFormat.json, .cbor])
    func `the keys lie in the buffer that the data is in`(format: WireFormat) throws {
        let key = String(repeating: "0123456789ab", count: 3)
        let records = (0..<500).map {
            PutRecordsRequestEntry(
                data: ByteBuffer(repeating: UInt8(truncatingIfNeeded: $0), count: 100),
                partitionKey: key
            )
        }
        var body = ByteBuffer(string: "before")
        PutRecords.Request(records: records, streamName: "s").write(to: &body, format: format)
        body.moveReaderIndex(forwardBy: 6)
        let read = try #require(try PutRecords.Request(wire: body, format: format).records)
        #expect(read == records)
        let keys = read.compactMap { $0.content.withPartitionKeyBytes(\.baseAddress) }
        #expect(keys.count == 500)
        // One behind the other in JSON, each a record behind the one before in CBOR: a text would lie anywhere.
        let distance = try #require(zip(keys, keys.dropFirst()).map { $1 - $0 }.first)
        #expect(zip(keys, keys.dropFirst()).allSatisfy { $1 - $0 == distance })
        #expect(format == .json ? distance == 36 : (136..<200).contains(distance))
        let data = try #require(read[499].content.withDataBytes(\.baseAddress))
        #expect(format == .json ? keys[0] - data == 100 : (100..<200).contains(keys[499] - data))
    }
}
