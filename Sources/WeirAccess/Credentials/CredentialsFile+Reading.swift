import NIOCore
import WeirModel
import WeirRuntime

extension CredentialsFile {
    /// Reads a file. Throws when it cannot be read, when anybody but its owner and group may read or write it, when it
    /// is too long, and when its content cannot be used.
    public init(path: String) throws(CredentialsFileError) {
        let content: ByteBuffer
        do throws(SecretFileError) {
            content = try SecretFile.read(path, maximumBytes: Limits.maximumCredentialsFileSizeInBytes)
        } catch {
            throw CredentialsFileError(error.description)
        }
        try self.init(json: content, name: path)
    }
}
