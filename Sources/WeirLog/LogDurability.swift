/// When a log acknowledges an append.
public enum LogDurability: Hashable, Sendable {
    /// When it is synced: nothing that was acknowledged is ever lost.
    case always
    /// When it is handed to the file. It is synced at the latest so many nanoseconds after the first entry that is not, or as
    /// soon after that as the disk allows: the end of the process loses nothing, a power cut what was acknowledged since.
    case interval(nanoseconds: UInt64)
}
