/// The Amazon resource name of a queue: `arn:aws:kinesis:REGION:ACCOUNT:queue/ID`, with an ID that was made with the queue.
public struct QueueARN: Hashable, Sendable, CustomStringConvertible {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    public let partition: String
    /// The region.
    public let region: String
    /// The account: twelve digits.
    public let account: String
    /// The ID of the queue.
    public let resourceID: String

    /// The ARN of a queue.
    public init(partition: String = "aws", region: String, account: String, resourceID: String) {
        self.partition = partition
        self.region = region
        self.account = account
        self.resourceID = resourceID
    }

    /// An ARN as text; nil when it is not one of a queue.
    public init?(_ text: String) {
        guard let arn = KinesisARN(text, kind: "queue") else { return nil }
        self.init(partition: arn.partition, region: arn.region, account: arn.account, resourceID: arn.name)
    }

    public var description: String { "arn:\(partition):kinesis:\(region):\(account):queue/\(resourceID)" }
}

extension TextPattern {
    /// The ARN of a queue.
    public static let queueARN = TextPattern(expression: #"arn:aws.*:kinesis:.*:\d{12}:queue/\S+"#) {
        QueueARN($0) != nil
    }
}
