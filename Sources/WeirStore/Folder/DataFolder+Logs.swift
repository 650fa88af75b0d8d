import WeirModel
import WeirRuntime

/// The log of one stream on disk, for programs that look at files.
public struct StoredLog: Hashable, Sendable {
    /// The name of its region's folder; nil for the default region.
    public var region: String?
    /// The stream's ID.
    public var streamID: Int64
    /// The folder with its segments.
    public var directory: String
}

extension DataFolder {
    /// The logs of the streams in a data folder, by region and ID. Nothing is opened or changed, and a server may have the
    /// folder open.
    ///
    /// Throws `notADataFolder` where there is no folder of logs.
    public static func storedLogs(
        in path: String,
        fileSystem: any FileSystem = SystemFileSystem()
    ) throws(DataFolderError) -> [StoredLog] {
        var logs = try storedLogs(in: path, region: nil, fileSystem)
        let regions = "\(path)/\(DataFolderNames.regionsName)"
        for region in (try? fileSystem.list(regions)) ?? [] where RegionName.isValid(region) {
            logs += try storedLogs(in: "\(regions)/\(region)", region: region, fileSystem)
        }
        return logs
    }

    private static func storedLogs(
        in path: String,
        region: String?,
        _ fileSystem: any FileSystem
    ) throws(DataFolderError) -> [StoredLog] {
        let streams = DataFolderNames(path: path).streams
        do throws(FileError) {
            return try fileSystem.list(streams).compactMap(Int64.init).sorted().map { id in
                StoredLog(region: region, streamID: id, directory: "\(streams)/\(id)")
            }
        } catch {
            throw DataFolderError(.notADataFolder, "\(path) holds no streams: \(error)", cause: error)
        }
    }
}
