/// The exclusive use of a data folder: held while the process lives or until it is released.
///
/// The lock is on the file `LOCK` in the folder, so that two servers never write the same logs.
public final class FolderLock: Sendable {
    /// The name of the file that carries the lock.
    public static let fileName = "LOCK"

    private let lock: any FileLock

    private init(lock: any FileLock) { self.lock = lock }

    /// Takes the lock of a folder, which is made when absent; nil when another process, or this one, holds it.
    ///
    /// The name of the folder is durable afterwards, and those of the folders that its path names as far as that can be done.
    public static func acquire(
        directory: String,
        fileSystem: any FileSystem = SystemFileSystem()
    ) throws(FileError) -> FolderLock? {
        try fileSystem.makeDirectory(directory)
        fileSystem.syncNames(above: directory)
        guard let lock = try fileSystem.lock("\(directory)/\(fileName)") else { return nil }
        return FolderLock(lock: lock)
    }

    /// Releases the lock. Later calls do nothing. Letting the object go does the same.
    public func release() { lock.release() }
}
