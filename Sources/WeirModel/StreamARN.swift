/// The Amazon resource name of a stream: `arn:aws:kinesis:REGION:ACCOUNT:stream/NAME`.
public struct StreamARN: Hashable, Sendable, CustomStringConvertible {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    public let partition: String
    /// The region.
    public let region: String
    /// The account: twelve digits.
    public let account: String
    /// The name of the stream.
    public let name: String

    /// The ARN of a stream.
    public init(partition: String = "aws", region: String, account: String, name: String) {
        self.partition = partition
        self.region = region
        self.account = account
        self.name = name
    }

    /// An ARN as text; nil when it is not one of a stream.
    public init?(_ text: String) {
        guard let arn = KinesisARN(text, kind: "stream") else { return nil }
        self.init(partition: arn.partition, region: arn.region, account: arn.account, name: arn.name)
    }

    public var description: String { "arn:\(partition):kinesis:\(region):\(account):stream/\(name)" }
}
