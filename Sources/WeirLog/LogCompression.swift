/// Whether a log packs its sealed segments.
public enum LogCompression: Hashable, Sendable {
    /// Segments stay as they were written. Those that are packed stay packed.
    case none
    /// Sealed segments are written anew in the background, with zstd.
    case zstd
}
