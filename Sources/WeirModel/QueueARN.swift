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
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
            .map(Substring.init)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == "kinesis",
            AccountID.isValid(parts[4]), parts[5].hasPrefix("queue/")
        else { return nil }
        let id = parts[5].dropFirst("queue/".count)
        // Mostly it is plain ASCII, of which the properties need not be looked up.
        let isPlain = id.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard !id.isEmpty, isPlain || !id.unicodeScalars.contains(where: \.properties.isWhitespace) else { return nil }
        self.init(
            partition: String(parts[1]),
            region: String(parts[3]),
            account: String(parts[4]),
            resourceID: String(id)
        )
    }

    public var description: String { "arn:\(partition):kinesis:\(region):\(account):queue/\(resourceID)" }
}

extension TextPattern {
    /// The ARN of a queue.
    public static let queueARN = TextPattern(expression: #"arn:aws.*:kinesis:.*:\d{12}:queue/\S+"#) {
        QueueARN($0) != nil
    }
}
