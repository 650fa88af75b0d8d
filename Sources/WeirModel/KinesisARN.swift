/// An ARN of something in Kinesis, taken apart: `arn:PARTITION:kinesis:REGION:ACCOUNT:KIND/NAME`.
struct KinesisARN {
    let partition: String
    let region: String
    /// Twelve digits.
    let account: String
    /// All that follows the kind and its slash: not empty, and without white space.
    let name: String

    /// Takes a text apart; nil when it is none of that kind.
    init?(_ text: String, kind: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
            .map(Substring.init)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == "kinesis",
            AccountID.isValid(parts[4]), parts[5].hasPrefix("\(kind)/")
        else { return nil }
        let name = parts[5].dropFirst(kind.count + 1)
        // Mostly it is plain ASCII, of which the properties need not be looked up.
        let isPlain = name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard !name.isEmpty, isPlain || !name.unicodeScalars.contains(where: \.properties.isWhitespace) else {
            return nil
        }
        partition = String(parts[1])
        region = String(parts[3])
        account = String(parts[4])
        self.name = String(name)
    }
}
