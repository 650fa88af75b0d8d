import Testing
import WeirModel

@Suite struct QueueARNTests {
    @Test(arguments: [
        "arn:aws:kinesis:us-east-1:123456789012:queue/abc", "arn:aws-cn:kinesis:cn-north-1:000000000000:queue/a:b/c",
        "arn:aws::kinesis:123456789012:queue/a", "arn:aws:kinesis::123456789012:queue/ä",
    ])
    func `a text is an ARN exactly when it can be taken apart`(text: String) {
        #expect(QueueARN.isValid(text) == (QueueARN(text) != nil))
        #expect(QueueARN(text).map(\.description) ?? text == text)
    }

    @Test func `the parts are those between the colons`() throws {
        let arn = try #require(QueueARN("arn:aws-us-gov:kinesis:us-gov-west-1:123456789012:queue/some:thing/else"))
        #expect(arn.partition == "aws-us-gov" && arn.region == "us-gov-west-1" && arn.account == "123456789012")
        #expect(arn.resourceID == "some:thing/else")
        #expect(QueueARN("arn:aws:kinesis:us-east-1:123456789012:queue/ä")?.resourceID == "ä")
    }

    @Test(arguments: [
        "", "arn", "arn:aws:kinesis:us-east-1:123456789012", "arn:aws:kinesis:us-east-1:123456789012:queue/",
        "arn:aws:kinesis:us-east-1:123456789012:stream/a", "arn:aws:kinesis:us-east-1:12345678901:queue/a",
        "arn:aws:kinesis:us-east-1:12345678901x:queue/a", "arn:aws:dynamodb:us-east-1:123456789012:queue/a",
        "ern:aws:kinesis:us-east-1:123456789012:queue/a", "arn:awk:kinesis:us-east-1:123456789012:queue/a",
        "arn:aws:kinesis:us-east-1:123456789012:queue/a b", "arn:aws:kinesis:us-east-1:123456789012:queue/a\u{2003}",
        " arn:aws:kinesis:us-east-1:123456789012:queue/a",
    ])
    func `anything else is none`(text: String) {
        #expect(QueueARN(text) == nil)
        #expect(!QueueARN.isValid(text))
    }
}
