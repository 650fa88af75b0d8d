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
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == "kinesis" else { return nil }
        guard parts[4].utf8.count == 12, parts[4].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let resource = parts[5]
        guard resource.hasPrefix("stream/") else { return nil }
        let name = resource.dropFirst("stream/".count)
        guard !name.isEmpty, !name.contains(where: \.isWhitespace) else { return nil }
        self.init(partition: String(parts[1]), region: String(parts[3]), account: String(parts[4]), name: String(name))
    }

    public var description: String { "arn:\(partition):kinesis:\(region):\(account):stream/\(name)" }
}
