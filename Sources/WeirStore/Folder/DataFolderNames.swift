/// The names in a data folder.
struct DataFolderNames: Sendable {
    /// The folder itself.
    let path: String

    /// The SQLite database's name.
    static let catalogueName = "catalogue.sqlite"
    /// The name of the folder of the logs.
    static let streamsName = "streams"
    /// The name of the folder of the regions beside the one at the root, each a data folder.
    static let regionsName = "regions"

    /// The SQLite database.
    var catalogue: String { "\(path)/\(Self.catalogueName)" }
    /// The folder of the logs.
    var streams: String { "\(path)/\(Self.streamsName)" }
}
