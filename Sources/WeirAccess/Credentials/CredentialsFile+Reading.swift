import NIOCore
import WeirModel
import WeirRuntime

extension CredentialsFile {
    /// Reads a file. Throws when it cannot be read, when anybody but its owner and group may read or write it, when it
    /// is too long, and when its content cannot be used.
    public init(path: String) throws(CredentialsFileError) {
        try self.init(json: try Self.content(of: path), name: path)
    }

    /// The bytes of a file that holds secrets. Throws as ``init(path:)``.
    static func content(of path: String) throws(CredentialsFileError) -> ByteBuffer {
        do throws(SecretFileError) {
            return try SecretFile.read(path, maximumBytes: Limits.maximumCredentialsFileSizeInBytes)
        } catch {
            throw CredentialsFileError(error.description)
        }
    }
}
