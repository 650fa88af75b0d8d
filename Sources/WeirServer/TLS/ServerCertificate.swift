import NIOCore
import NIOSSL
import Synchronization
import WeirModel
import WeirRuntime

/// With what a server proves who it is: a chain of certificates and the key of the first, from two files in PEM.
///
/// The files may be read again while connections are served: those that are made later get what was read last. TLS 1.2 is
/// the oldest version that is spoken.
public final class ServerCertificate: Sendable {
    /// The protocols that a client may choose between (ALPN, RFC 7301), the better one first.
    static let applicationProtocols = ["h2", "http/1.1"]

    private let certificatePath: String
    private let keyPath: String
    private let current: Mutex<NIOSSLContext>

    /// Reads the files. Throws `unusableCertificate` when one cannot be read, when anybody but its owner and group may read
    /// the key, and when the key is not that of the first certificate.
    ///
    /// - Parameters:
    ///   - certificatePath: The file of the chain, the server's own certificate first.
    ///   - keyPath: The file of its private key, without a passphrase.
    public init(certificatePath: String, keyPath: String) throws(ServerError) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        current = Mutex(try Self.context(certificatePath, keyPath))
    }

    /// Reads the files again. Throws as the initialiser does; what was read before stays then.
    public func reload() throws(ServerError) {
        let context = try Self.context(certificatePath, keyPath)
        current.withLock { $0 = context }
    }

    /// What new connections are made with.
    var context: NIOSSLContext { current.withLock(\.self) }

    private static func context(_ certificatePath: String, _ keyPath: String) throws(ServerError) -> NIOSSLContext {
        let chain = try chain(certificatePath)
        let key = try key(keyPath)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = applicationProtocols
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ServerError(
                .unusableCertificate,
                "\(keyPath): it is not the key of the first certificate in \(certificatePath): \(error)",
                cause: error
            )
        }
    }

    private static func chain(_ path: String) throws(ServerError) -> [NIOSSLCertificate] {
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(path)
        } catch {
            throw ServerError(.unusableCertificate, "\(path): no certificate can be read: \(error)", cause: error)
        }
        guard !chain.isEmpty else { throw ServerError(.unusableCertificate, "\(path): it holds no certificate in PEM") }
        return chain
    }

    private static func key(_ path: String) throws(ServerError) -> NIOSSLPrivateKey {
        let content: ByteBuffer
        do throws(SecretFileError) {
            content = try SecretFile.read(path, maximumBytes: Limits.maximumPrivateKeyFileSizeInBytes)
        } catch {
            throw ServerError(.unusableCertificate, error.description, cause: error)
        }
        do {
            return try NIOSSLPrivateKey(bytes: Array(content.readableBytesView), format: .pem)
        } catch {
            throw ServerError(
                .unusableCertificate,
                "\(path): it holds no private key in PEM without a passphrase: \(error)",
                cause: error
            )
        }
    }
}
