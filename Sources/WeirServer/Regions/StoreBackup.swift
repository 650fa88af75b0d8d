import WeirModel
import WeirRuntime
import WeirStore

/// Makes copies of the data folder, each in a new folder inside the one that was set aside for them.
struct StoreBackup: Sendable {
    let source: any BackupSource
    /// The folder that holds the backups.
    let directory: String
    let time: any TimeSource

    /// Makes a backup, named after the time. Gives its folder and the bytes of records in it.
    func perform() async throws(ServiceError) -> (folder: String, bytes: Int64) {
        let folder = "\(directory)/weir-backup-\(time.wallMilliseconds)"
        return (folder, try await source.backUp(to: folder))
    }
}
