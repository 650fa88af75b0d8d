import NIOCore
import Testing
import WeirModel
import WeirWire

@Suite struct CallBodyTests {
    @Test func itIsTakenOnce() {
        let body = CallBody(ByteBuffer(string: "abc"))
        #expect(body.bytes == ByteBuffer(string: "abc"))
        #expect(body.take() == ByteBuffer(string: "abc"))
        #expect(body.take() == ByteBuffer())
        #expect(body.bytes == ByteBuffer())
        #expect(body.size == 3)
    }

    /// While a put waits for the disk there is what was decoded, and not the text that it was decoded from.
    @Test func whoeverPerformsACallDoesNotHoldItsBody() async throws {
        let text = #"{"StreamName": "s", "PartitionKey": "k", "Data": "YWJj"}"#
        let call = ActionCall(PutRecord.name, body: CallBody(ByteBuffer(string: text)), format: .json)
        let answer = try await call.answer { (request: PutRecord.Request) throws(ServiceError) in
            #expect(call.body.bytes.readableBytes == 0)
            #expect(request.data == ByteBuffer(string: "abc"))
            return PutRecord.Response(shardID: "shardId-000000000000", sequenceNumber: "1")
        }
        #expect(answer.readableBytes > 0)
        #expect(call.body.size == text.utf8.count)
    }
}
