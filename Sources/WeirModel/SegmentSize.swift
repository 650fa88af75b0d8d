/// How large the files of a log become: a setting of a server, and of a stream by a tag.
public struct SegmentSize: Hashable, Sendable, CustomStringConvertible {
    /// Bytes at which a file is ended and the next begun.
    public let bytes: Int

    /// The key of the tag with which a stream is told.
    public static let tagKey = "weir:segment-size"

    /// What the setting may be, for people.
    public static let grammar = """
        a number of bytes from \(Limits.segmentSizeInBytes.lowerBound) to \(Limits.segmentSizeInBytes.upperBound)
        """

    /// The setting of a text of digits, `67108864`; nil when it is none.
    public init?(_ text: String) {
        let range = Limits.segmentSizeInBytes
        guard text.utf8.count <= String(range.upperBound).utf8.count,
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let bytes = Int(text), range.contains(bytes)
        else { return nil }
        self.bytes = bytes
    }

    public var description: String { "\(bytes)" }
}
