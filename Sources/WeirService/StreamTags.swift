/// Weir's own settings of a stream are tags under the reserved prefix `weir:`, so that any client can set them.
enum StreamTags {
    /// The capacity mode. Streams without it are provisioned.
    static let mode = "weir:stream-mode"
}
