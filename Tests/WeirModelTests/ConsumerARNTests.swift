import Testing
import WeirModel

@Suite struct ConsumerARNTests {
    @Test func isWrittenAndReadBack() throws {
        let stream = StreamARN(region: "eu-west-1", account: "123456789012", name: "flights")
        let arn = ConsumerARN(stream: stream, name: "board.1", creationSecond: 1_700_000_000)
        let text = "arn:aws:kinesis:eu-west-1:123456789012:stream/flights/consumer/board.1:1700000000"
        #expect(arn.description == text)
        #expect(ConsumerARN(text) == arn)
        #expect(TextPattern.consumerARN.matches(text))
    }

    @Test(arguments: [
        "", "arn:aws:kinesis:eu-west-1:123456789012:stream/s",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/c",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/c:",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/c:1x",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/c:1:2",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/:1",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/c d:1",
        "arn:aws:kinesis:eu-west-1:123456789012:stream//consumer/c:1",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/s/t/consumer/c:1",
        "arn:aws:kinesis:eu-west-1:12345678901:stream/s/consumer/c:1",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/c:99999999999999999999",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/c:-1",
        "arn:aws:kinesis:eu-west-1:123456789012:stream/s/consumer/c/consumer/d:1",
    ])
    func otherTextsAreNone(text: String) {
        #expect(ConsumerARN(text) == nil)
        #expect(!TextPattern.consumerARN.matches(text))
    }

    @Test(arguments: [
        ("0123456789abcdefghij-xyz", true), ("0123456789abcdefghij-xy", false), ("0123456789abcdefghijk-xy", false),
        ("0123456789ABCDEFGHIJ-xyz", false), ("0123456789abcdefghij_xyz", false), ("", false),
        ("é123456789abcdefghi-xyz", false),
    ])
    func streamIDsHaveAForm(text: String, isOne: Bool) { #expect(TextPattern.streamID.matches(text) == isOne) }
}
