import Logging
import NIOCore
import NIOHTTP1
import WeirModel

/// Sends single requests to services that give credentials, each over connections of its own: they are hours apart.
struct CredentialTransport: Sendable {
    private let configuration: ClientConfiguration
    private let logger = Logger(label: "weir.credentials")

    /// - Parameters:
    ///   - timeout: How long one request may take, connecting included.
    ///   - certificateAuthorities: As ``ClientConfiguration/certificateAuthorities``.
    init(timeout: Duration, certificateAuthorities: String? = nil) {
        var configuration = ClientConfiguration(region: "", credentials: .anonymous)
        configuration.connectTimeout = timeout
        configuration.requestTimeout = timeout
        configuration.certificateAuthorities = certificateAuthorities
        self.configuration = configuration
    }

    /// Sends a request once and waits for the whole answer, whatever its status. Redirections are not followed.
    func send(
        _ method: HTTPMethod,
        _ url: String,
        headers: [(name: String, value: String)] = [],
        body: ByteBuffer = ByteBuffer()
    ) async throws(ServiceError) -> HTTPAnswer {
        let transport = try HTTPTransport(configuration: configuration, logger: logger)
        let outcome: Result<HTTPAnswer, ServiceError>
        do throws(ServiceError) {
            outcome = .success(
                try await transport.send(
                    method,
                    url: url,
                    headers: HTTPHeaders(headers.map { ($0.name, $0.value) } + [("user-agent", "weir-client")]),
                    body: body,
                    logger: logger
                )
            )
        } catch {
            outcome = .failure(error)
        }
        await transport.shutDown()
        return try outcome.get()
    }
}

extension HTTPAnswer {
    /// When it was made, by the clock of whoever made it; nil when the answer does not say.
    var date: Timestamp? { headers.first(name: "date").flatMap { Timestamp(httpDate: $0) } }
}
