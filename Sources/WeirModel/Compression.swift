/// Whether records that are not written any more are compressed on disk: a setting of a server, and of a stream by a tag.
public enum Compression: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    /// They stay as they were written. What is compressed already stays so.
    case none
    /// The files of the log are written anew in the background, with zstd, once they are full; those that were full before too.
    case zstd

    /// The key of the tag with which a stream is told.
    public static let tagKey = "weir:compression"

    /// What the setting may be, for people.
    public static let grammar = "none or zstd"

    /// The setting of a text; nil when it is none.
    public init?(_ text: String) { self.init(rawValue: text) }

    public var description: String { rawValue }
}
