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
        var text = text
        let parts = text.withUTF8 { bytes in
            Self.parts(of: bytes).map { parts in
                func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
                return (string(parts.partition), string(parts.region), string(parts.account), string(parts.resourceID))
            }
        }
        guard let (partition, region, account, resourceID) = parts else { return nil }
        self.init(partition: partition, region: region, account: account, resourceID: resourceID)
    }

    /// Whether a text is the ARN of a queue.
    public static func isValid(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { parts(of: $0) != nil }
    }

    private typealias Parts = (
        partition: Range<Int>, region: Range<Int>, account: Range<Int>, resourceID: Range<Int>
    )

    /// Where the parts are. Each call about records names its queue, so no memory is taken to find them.
    private static func parts(of bytes: UnsafeBufferPointer<UInt8>) -> Parts? {
        var start = 0
        func next() -> Range<Int>? {
            guard let colon = bytes[start...].firstIndex(of: UInt8(ascii: ":")) else { return nil }
            defer { start = colon + 1 }
            return start..<colon
        }
        func isPart(_ range: Range<Int>, _ text: StaticString) -> Bool {
            range.count == text.utf8CodeUnitCount && starts(range, text)
        }
        func starts(_ range: Range<Int>, _ text: StaticString) -> Bool {
            text.withUTF8Buffer { bytes[range].starts(with: $0) }
        }
        guard let name = next(), isPart(name, "arn"), let partition = next(), starts(partition, "aws"),
            let service = next(), isPart(service, "kinesis"), let region = next(), let account = next(),
            AccountID.isValid(String(decoding: bytes[account], as: UTF8.self)),
            starts(start..<bytes.count, "queue/")
        else { return nil }
        let id = start + "queue/".utf8.count..<bytes.count
        // Mostly it is plain ASCII, of which the properties need not be looked up.
        guard !id.isEmpty,
            bytes[id].allSatisfy({ (0x21...0x7E).contains($0) })
                || !String(decoding: bytes[id], as: UTF8.self).unicodeScalars.contains(where: \.properties.isWhitespace)
        else { return nil }
        return (partition, region, account, id)
    }

    public var description: String { "arn:\(partition):kinesis:\(region):\(account):queue/\(resourceID)" }
}

extension TextPattern {
    /// The ARN of a queue.
    public static let queueARN = TextPattern(expression: #"arn:aws.*:kinesis:.*:\d{12}:queue/\S+"#) {
        QueueARN.isValid($0)
    }
}
