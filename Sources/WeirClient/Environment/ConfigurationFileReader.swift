import SystemPackage
import WeirModel

/// Reads the shared files of AWS's tools.
public enum ConfigurationFileReader {
    /// The text of a file; nil when there is none. Throws `configuration` when it cannot be read or is longer than
    /// 1 MiB.
    public static func read(_ path: String) throws(ServiceError) -> String? {
        var content: [UInt8] = []
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly)
            try file.closeAfter {
                var chunk = [UInt8](repeating: 0, count: 4096)
                while content.count <= Limits.maximumConfigurationFileSizeInBytes {
                    let count = try chunk.withUnsafeMutableBytes { try file.read(into: $0) }
                    if count == 0 { break }
                    content += chunk[..<count]
                }
            }
        } catch Errno.noSuchFileOrDirectory, Errno.notDirectory {
            return nil
        } catch {
            throw ServiceError(.configuration, "The file \(path) cannot be read: \(error)", cause: error)
        }
        guard content.count <= Limits.maximumConfigurationFileSizeInBytes else {
            throw ServiceError(.configuration, "The file \(path) is too long for a configuration file.")
        }
        return String(decoding: content, as: UTF8.self)
    }
}
