import NIOCore
import Testing
import WeirModel

@testable import WeirWire

@Suite struct WireValueTests {
    @Test func `a request reads from JSON and ignores unknown members`() throws {
        let body = ByteBuffer(
            string: #" {"StreamName":"s","Limit":5.0,"Unknown":[{"a":1}],"ExclusiveStartShardId":null}"#
        )
        let request = try DescribeStream.Request(wire: body, format: .json)
        #expect(request.streamName == "s")
        #expect(request.limit == 5)
        #expect(request.exclusiveStartShardID == nil)
    }
}
