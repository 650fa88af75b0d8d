import NIOCore
import WeirModel
import WeirRuntime

/// A secret with which a monitoring system reads `/metrics`: it sends `authorization: Bearer …`, as Prometheus does.
public struct MetricsToken: Sendable {
    private let bytes: [UInt8]

    /// A token by its text; nil unless it has ``Limits/metricsTokenLength`` visible characters of ASCII.
    public init?(_ text: String) {
        guard Limits.metricsTokenLength.contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        bytes = Array(text.utf8)
    }

    /// Reads a file with a token and nothing else but a line feed behind it. Throws when it cannot be read, when
    /// anybody but its owner and group may read or write it, and when what it holds is no token.
    public init(path: String) throws(CredentialsFileError) {
        let content: ByteBuffer
        do throws(SecretFileError) {
            content = try SecretFile.read(path, maximumBytes: Limits.maximumCredentialsFileSizeInBytes)
        } catch {
            throw CredentialsFileError(error.description)
        }
        let text = String(buffer: content).drop { $0.isWhitespace }
        guard let token = MetricsToken(String(text.prefix { !$0.isWhitespace })),
            text.drop(while: { !$0.isWhitespace }).allSatisfy(\.isWhitespace)
        else {
            let range = Limits.metricsTokenLength
            throw CredentialsFileError(
                "\(path): a token has \(range.lowerBound) to \(range.upperBound) visible ASCII characters, no spaces"
            )
        }
        self = token
    }

    /// Whether a text is the token. The time it takes tells nothing of the token.
    public func matches(_ text: String) -> Bool {
        var difference = text.utf8.count ^ bytes.count
        for (index, byte) in text.utf8.enumerated() { difference |= Int(byte ^ bytes[index % bytes.count]) }
        return difference == 0
    }
}
