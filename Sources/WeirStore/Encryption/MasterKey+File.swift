import NIOCore
import WeirRuntime

extension MasterKey {
    /// Reads a key from a file of 32 bytes. Throws `encryptionKey` when it cannot be read, is of another length, or may be
    /// read or written by every user of the machine.
    public init(path: String) throws(DataFolderError) {
        let content: ByteBuffer
        do throws(SecretFileError) {
            content = try SecretFile.read(path, maximumBytes: Self.sizeInBytes)
        } catch {
            throw Self.failure(path, error.description)
        }
        guard let key = MasterKey(content.readableBytesView) else {
            throw Self.failure(path, "it is \(content.readableBytes) bytes long, and a key has \(Self.sizeInBytes)")
        }
        self = key
    }

    private static func failure(_ path: String, _ reason: String) -> DataFolderError {
        DataFolderError(.encryptionKey, "The file \(path) cannot be the encryption key: \(reason)")
    }
}
