/// The names in a data folder.
struct DataFolderNames: Sendable {
    /// The folder itself.
    let path: String

    /// The SQLite database's name.
    static let catalogueName = "catalogue.sqlite"
    /// The name of the folder of the logs.
    static let streamsName = "streams"
    /// The name of the folder of the queues' logs.
    static let queuesName = "queues"
    /// The name of the folder of the regions beside the one at the root, each a data folder.
    static let regionsName = "regions"

    /// The name of the file of the folder's own master key.
    static let encryptionKeyName = "encryption.key"

    /// The SQLite database.
    var catalogue: String { "\(path)/\(Self.catalogueName)" }
    /// The folder's own master key; there only when it was needed.
    var encryptionKey: String { "\(path)/\(Self.encryptionKeyName)" }
    /// The folder of the logs.
    var streams: String { "\(path)/\(Self.streamsName)" }
    /// The folder of the queues' logs.
    var queues: String { "\(path)/\(Self.queuesName)" }
}
