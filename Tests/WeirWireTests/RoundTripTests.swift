import NIOCore
import Testing
import WeirModel

@testable import WeirWire

@Suite struct RoundTripTests {
    @Test(arguments: Samples.messages.indices)
    func `every message reads back as it was written`(index: Int) throws {
        try expectRoundTrip(Samples.messages[index])
    }

    /// The messages with code of their own for JSON have their `Codable` form beside it: both must agree.
    @Test(arguments: Samples.messages.indices)
    func `every message is the same tree whether written directly or through Codable`(index: Int) throws {
        let message = Samples.messages[index]
        var through = ByteBuffer()
        try WireEncoder.encode(message).writeJSON(to: &through)
        let direct = try WireValue(json: ByteBuffer(string: message.json))
        #expect(try WireValue(json: through).sorted == direct.sorted)
    }

    @Test(arguments: Samples.messages.indices)
    func `every sample sets every member`(index: Int) { expectNoNil(Samples.messages[index], path: "") }

    @Test func `a message without its optional members is an empty object`() throws {
        #expect(PutRecords.Request().json == "{}")
        #expect(PutRecord.Request().json == "{}")
        #expect(GetRecords.Request().json == "{}")
        #expect(ListStreams.Request().json == "{}")
        for body in ["", "{}", " {\n} "] {
            #expect(try PutRecords.Request(json: body).records == nil)
            #expect(try ListShards.Request(json: body).streamName == nil)
        }
    }

    @Test func `an answer without content is an empty body`() throws {
        #expect(EmptyResponse().json == "")
        #expect(try EmptyResponse(json: "") == EmptyResponse())
    }

    private func expectRoundTrip<Message: WireMessage & Codable>(_ message: Message) throws {
        let read = try Message(json: message.json)
        #expect(try WireEncoder.encode(read).sorted == WireEncoder.encode(message).sorted)
    }

    private func expectNoNil(_ value: Any, path: String) {
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional { #expect(!mirror.children.isEmpty, "\(path) is nil") }
        guard !(value is ByteBuffer), !(value is String) else { return }
        for child in mirror.children { expectNoNil(child.value, path: "\(path).\(child.label ?? "")") }
    }
}
