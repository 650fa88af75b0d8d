import NIOCore
import Testing
import WeirModel
import WeirTestTools

@testable import WeirWire

/// Bodies that were broken on the way. Readers must answer each with a message or with a ``ServiceError``, and the readers
/// of the data plane must agree with the `Codable` form about which.
@Suite struct MutationTests {
    @Test(arguments: Samples.messages.indices)
    func `a broken body never does more than throw`(index: Int) throws { try mutate(Samples.messages[index]) }

    private func mutate<Message: WireMessage & Codable>(_ message: Message) throws {
        var generator = SeededGenerator(seed: 11)
        let body = Array(message.json.utf8)
        let replacements = Array(#"{}[]",:\u0n1-.eE"#.utf8) + [0x00, 0x1F, 0x80, 0xC3, 0xFF]
        var refused = 0
        for _ in 0..<300 {
            var broken = body
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<broken.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: broken[place] = replacements.randomElement(using: &generator) ?? 0
                case 1: broken.remove(at: place)
                case 2: broken.insert(replacements.randomElement(using: &generator) ?? 0, at: place)
                default: broken.removeSubrange(place...)
                }
                if broken.isEmpty { broken = [0x20] }
            }
            let buffer = ByteBuffer(bytes: broken)
            let direct = Result { () throws(ServiceError) in try Message(wire: buffer, format: .json) }
            let through = Result { () throws(ServiceError) in
                try WireDecoder.decode(Message.self, from: WireValue(buffer, .json), format: .json)
            }
            switch (direct, through) {
            case (.success(let direct), .success(let through)):
                #expect(try WireEncoder.encode(direct).sorted == WireEncoder.encode(through).sorted)
            case (.failure, .failure): refused += 1
            default: Issue.record("\(String(buffer: buffer)) is read one way and refused the other")
            }
        }
        #expect(refused > 100)
    }

    @Test func `random bytes never do more than throw`() {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<2000 {
            let buffer = ByteBuffer(bytes: generator.bytes(Int.random(in: 1...40, using: &generator)))
            for type in [PutRecords.Request.self, GetRecords.Response.self, PutItem.Request.self]
                as [any WireMessage.Type]
            {
                #expect(throws: ServiceError.self) { _ = try type.init(wire: buffer, format: .json) }
            }
        }
    }

    @Test func `nesting is refused beyond its limit and not at it`() throws {
        func nested(_ depth: Int) -> String {
            #"{"X":"# + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
        }
        for type in [PutRecords.Request.self, ListStreams.Request.self] as [any WireMessage.Type] {
            _ = try type.init(json: nested(Limits.maximumMessageDepth))
            let error = #expect(throws: ServiceError.self) {
                _ = try type.init(json: nested(Limits.maximumMessageDepth + 1))
            }
            #expect(error?.code == .serialization)
        }
    }

    @Test func `the number of values is refused beyond its limit and not at it`() throws {
        func list(_ count: Int) -> ByteBuffer {
            ByteBuffer(string: "[" + String(repeating: "0,", count: count - 2) + "0]")
        }
        _ = try WireValue(json: list(Limits.maximumMessageValueCount))
        #expect(throws: (any Error).self) { try WireValue(json: list(Limits.maximumMessageValueCount + 1)) }
    }
}
