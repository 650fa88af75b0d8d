import NIOSSL
import WeirRuntime
import WeirTLSFixtures
import WeirWire

@testable import WeirServer

/// A server that speaks TLS, and its files.
struct TLSServer {
    let port: Int
    let certificate: ServerCertificate
    let certificatePath: String
    let keyPath: String
    /// What the server began with.
    let identity: TestCertificate

    /// What a client connects with that trusts a certificate, the first one if none is given.
    func client(trusting other: TestCertificate? = nil, protocols: [String] = []) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        let pem = Array((other ?? identity).certificatePEM.utf8)
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(pem))
        configuration.applicationProtocols = protocols
        return try NIOSSLContext(configuration: configuration)
    }
}

extension TestCertificate {
    /// A certificate that is good now.
    init() throws { try self.init(at: SystemTime().wallMilliseconds) }
}

/// Runs a server over fake services that speaks TLS for the duration of a scope.
func withTLSServer(
    _ configuration: WeirServer.Configuration = .test,
    services: [any ActionService] = [FakeService()],
    _ body: (_ server: TLSServer) async throws -> Void
) async throws {
    try await withServerFolder { folder in
        let identity = try TestCertificate()
        let paths = (certificate: "\(folder)/chain.pem", key: "\(folder)/key.pem")
        try identity.write(certificate: paths.certificate, key: paths.key)
        let certificate = try ServerCertificate(certificatePath: paths.certificate, keyPath: paths.key)
        var configuration = configuration
        configuration.certificate = certificate
        try await withServer(configuration, services: services) { port in
            try await body(
                TLSServer(
                    port: port,
                    certificate: certificate,
                    certificatePath: paths.certificate,
                    keyPath: paths.key,
                    identity: identity
                )
            )
        }
    }
}
