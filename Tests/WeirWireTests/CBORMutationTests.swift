import NIOCore
import Testing
import WeirBytes
import WeirModel
import WeirTestTools

@testable import WeirWire

/// CBOR that was broken on the way.
@Suite struct CBORMutationTests {
    @Test(arguments: Samples.messages.indices)
    func `every body that is cut off is refused`(index: Int) throws {
        let message = Samples.messages[index]
        let tree = try WireEncoder.encode(message)
        for body in [message.cbor, LooseCBOR(tree, seed: 1).bytes, LooseCBOR(tree, seed: 2).bytes] {
            for length in 1..<body.count {
                let error = #expect(throws: ServiceError.self, "\(length)") {
                    _ = try type(of: message).init(cbor: Array(body.prefix(length)))
                }
                #expect(error?.code == .serialization)
            }
        }
    }

    @Test(arguments: Samples.messages.indices)
    func `a broken body never does more than throw`(index: Int) throws {
        var generator = SeededGenerator(seed: 21)
        try mutate(Samples.messages[index], &generator)
    }

    private func mutate<Message: WireMessage & Codable>(
        _ message: Message,
        _ generator: inout SeededGenerator
    ) throws {
        let tree = try WireEncoder.encode(message)
        var refused = 0
        for round in 0..<400 {
            var broken = round % 2 == 0 ? message.cbor : LooseCBOR(tree, seed: UInt64(round)).bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<broken.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: broken[place] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: broken.remove(at: place)
                case 2: broken.insert(UInt8.random(in: .min ... .max, using: &generator), at: place)
                default: broken[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                }
                if broken.isEmpty { broken = [0x20] }
            }
            let buffer = ByteBuffer(bytes: broken)
            let direct = Result { () throws(ServiceError) in try Message(wire: buffer, format: .cbor) }
            let through = Result { () throws(ServiceError) in
                try WireDecoder.decode(Message.self, from: WireValue(buffer, .cbor), format: .cbor)
            }
            switch (direct, through) {
            case (.success(let direct), .success(let through)):
                #expect(try WireEncoder.encode(direct).sorted == WireEncoder.encode(through).sorted)
            case (.failure, .failure): refused += 1
            default: Issue.record("\(broken) is read one way and refused the other")
            }
        }
        #expect(refused > 100)
    }

    @Test func `random bytes never do more than throw`() {
        var generator = SeededGenerator(seed: 22)
        for _ in 0..<5000 {
            var bytes = generator.bytes(Int.random(in: 1...40, using: &generator))
            // A map without end, so that some of what follows is read.
            if Bool.random(using: &generator) { bytes = [0xBF, 0x67] + Array("Records".utf8) + bytes }
            for type in [PutRecords.Request.self, GetRecords.Response.self, ListShards.Response.self]
                as [any WireMessage.Type]
            {
                // Either outcome is right; a trap would end the test run.
                _ = try? type.init(cbor: bytes)
            }
        }
    }

    @Test(arguments: [[0x81], [0x9F], [0xA1, 0x61, 0x61], [0xBF, 0x60]] as [[UInt8]])
    func `nesting is refused beyond its limit and not at it`(opening: [UInt8]) throws {
        func nested(_ depth: Int) -> [UInt8] {
            var body: [UInt8] = [0xA1, 0x61, 0x58]
            for _ in 1..<depth { body += opening }
            body.append(0x00)
            if opening[0] & 0x1F == 31 { body += Array(repeating: 0xFF, count: depth - 1) }
            return body
        }
        for type in [PutRecords.Request.self, ListStreams.Request.self] as [any WireMessage.Type] {
            _ = try type.init(cbor: nested(Limits.maximumMessageDepth))
            for depth in [Limits.maximumMessageDepth + 1, 100_000] {
                let error = #expect(throws: ServiceError.self) { _ = try type.init(cbor: nested(depth)) }
                #expect(error?.code == .serialization)
                #expect(error?.message.contains("nested too deep") == true)
            }
        }
    }

    @Test func `the number of data items is refused beyond its limit and not at it`() throws {
        // The map, the name and the array are three items.
        func body(_ items: Int, _ item: UInt8, _ name: String) -> [UInt8] {
            [0xA1, 0x67] + Array(name.utf8) + [0x9F] + Array(repeating: item, count: items - 3) + [0xFF]
        }
        let limit = Limits.maximumMessageValueCount
        #expect(try PutRecords.Request(cbor: body(limit, 0xA0, "Records")).records?.isEmpty == false)
        for (item, name) in [(0xA0, "Records"), (0xA0, "Unknown"), (0xC1, "Unknown")] as [(UInt8, String)] {
            for type in [PutRecords.Request.self, ListStreams.Request.self] as [any WireMessage.Type] {
                let error = #expect(throws: ServiceError.self) {
                    _ = try type.init(cbor: body(limit + 1, item, name))
                }
                #expect(error?.message.contains("too many values") == true)
            }
        }
    }

    /// A length that the bytes do not have must not make room for it.
    @Test(
        arguments: [
            [0x5B, 0x00, 0x00, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x9B, 0x00, 0x00, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            [0xBB, 0x00, 0x00, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x5F, 0x5A, 0xFF, 0xFF, 0xFF, 0xFF],
        ] as [[UInt8]]
    )
    func `lengths beyond the body are refused`(head: [UInt8]) {
        for name in ["Records", "Unknown"] {
            let error = #expect(throws: ServiceError.self) {
                try PutRecords.Request(cbor: [0xA1, 0x67] + Array(name.utf8) + head + [0, 0, 0])
            }
            #expect(error?.code == .serialization)
        }
    }
}
