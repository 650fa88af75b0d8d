/// A pattern of the service model: its text, as AWS quotes it, and what it matches.
public struct TextPattern: Sendable {
    /// The regular expression.
    public let expression: String
    /// Whether a text matches it as a whole.
    public let matches: @Sendable (String) -> Bool

    /// A pattern by its text and what it matches.
    public init(expression: String, matches: @escaping @Sendable (String) -> Bool) {
        self.expression = expression
        self.matches = matches
    }

    /// Names of streams, shards and tables.
    public static let name = TextPattern(expression: "[a-zA-Z0-9_.-]+") { text in
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x2D: true
                default: false
                }
            }
    }

    /// A hash key in decimal.
    public static let hashKey = TextPattern(expression: #"0|([1-9]\d{0,38})"#) { isDecimal($0, maximumDigits: 39) }

    /// A sequence number in decimal.
    public static let sequenceNumber = TextPattern(expression: #"0|([1-9]\d{0,128})"#) {
        isDecimal($0, maximumDigits: 129)
    }

    /// The ARN of a stream.
    public static let streamARN = TextPattern(expression: #"arn:aws.*:kinesis:.*:\d{12}:stream/\S+"#) {
        StreamARN($0) != nil
    }

    /// The ARN of a consumer.
    public static let consumerARN = TextPattern(
        expression:
            #"^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+"#
    ) { ConsumerARN($0) != nil }

    /// The ID of a stream.
    public static let streamID = TextPattern(expression: "[a-z0-9]{20}-[a-z0-9]{3}") { text in
        let bytes = Array(text.utf8)
        guard bytes.count == 24 else { return false }
        return bytes.enumerated().allSatisfy { place, byte in
            place == 20 ? byte == 0x2D : (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
        }
    }

    /// The ARN of anything that can have tags.
    public static let resourceARN = TextPattern(
        expression: #"arn:aws.*:kinesis:.*:\d{12}:.*(stream|channel|queue)/\S+"#
    ) { text in
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == "kinesis" else {
            return false
        }
        guard isDigits(parts[4], count: 12) else { return false }
        return ["stream/", "channel/", "queue/"].contains { kind in
            guard let place = parts[5].firstRange(of: kind) else { return false }
            let name = parts[5][place.upperBound...]
            return !name.isEmpty && !name.contains(where: \.isWhitespace)
        }
    }

    private static func isDigits(_ text: Substring, count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isDecimal(_ text: String, maximumDigits: Int) -> Bool {
        let digits = text.utf8
        guard (1...maximumDigits).contains(digits.count) else { return false }
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        return digits.count == 1 || digits.first != 0x30
    }
}
