/// The body of `POST /_weir/backup`, which may be empty.
public struct BackupRequest: WireMessage, Codable, Hashable {
    /// What the copy's folder is called; nil for a name made of the time.
    public var name: String?

    /// A request.
    public init(name: String? = nil) { self.name = name }
}

/// The answer to `POST /_weir/backup`.
public struct BackupResponse: WireMessage, Codable, Hashable {
    /// The folder of the copy, as a path of the server's.
    public var folder: String
    /// Streams of all regions.
    public var streams: Int
    /// Records in their logs, those included that have aged out and are not dropped yet.
    public var records: Int
    /// Bytes of the logs and catalogues.
    public var bytes: Int64
    /// How long it took.
    public var milliseconds: Int64

    /// An answer.
    public init(folder: String, streams: Int, records: Int, bytes: Int64, milliseconds: Int64) {
        self.folder = folder
        self.streams = streams
        self.records = records
        self.bytes = bytes
        self.milliseconds = milliseconds
    }
}
