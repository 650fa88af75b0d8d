import Logging
import NIOCore
import NIOHTTP1
import WeirModel
import WeirRuntime
import WeirSigning
import WeirWire

/// Has a Weir server copy its data folder, and waits for the copy. It is asked once: nothing is repeated.
///
/// The server makes the copy also when nobody waits for it any more, after the time-out or a cancellation.
///
/// - Parameters:
///   - request: What is wanted.
///   - configuration: Where the server is, and how long to wait (``ClientConfiguration/requestTimeout``): a copy takes as long
///     as reading and writing all records.
///   - logger: Gets messages at `debug` and below.
/// - Throws: `configuration` when there is no endpoint, or it cannot be used, `accessDenied`, `validation` for a name that is
///   none, `resourceInUse` when another backup is being made or there is one of that name, `serviceUnavailable` when the
///   server could not make it, and what calls throw that do not arrive.
public func requestBackup(
    _ request: BackupRequest,
    _ configuration: ClientConfiguration,
    logger: Logger
) async throws(ServiceError) -> BackupResponse {
    guard let url = configuration.endpoint else {
        throw ServiceError(.configuration, "Only a Weir server makes backups: name its endpoint.")
    }
    let endpoint = try Endpoint(url)
    let region = try Endpoint.validated(region: configuration.region)
    let path = (endpoint.path.hasSuffix("/") ? String(endpoint.path.dropLast()) : endpoint.path) + "/_weir/backup"
    var body = ByteBuffer()
    request.write(to: &body, format: .json)
    var headers = [(name: "host", value: endpoint.hostHeader), (name: "content-type", value: "application/json")]
    if let credentials = try await configuration.credentials.credentials().signingCredentials() {
        headers += RequestSigner(region: region, service: "weir").headers(
            signing: SignableRequest(
                method: "POST",
                path: path,
                headers: headers,
                payloadHash: body.withUnsafeReadableBytes { PayloadHash(of: $0) }
            ),
            credentials: credentials,
            time: SigningTime(millisecondsSinceEpoch: SystemTime().wallMilliseconds)
        )
    }
    let transport = try HTTPTransport(configuration: configuration, logger: logger)
    let outcome: Result<HTTPAnswer, ServiceError>
    do throws(ServiceError) {
        outcome = .success(
            try await transport.post(
                url: "\(endpoint.scheme.rawValue)://\(endpoint.hostHeader)\(path)",
                headers: HTTPHeaders(headers.map { ($0.name, $0.value) }),
                body: body,
                logger: logger
            )
        )
    } catch {
        outcome = .failure(error)
    }
    await transport.shutDown()
    let answer = try outcome.get()
    guard answer.status == 200 else { throw ServiceError(answer) }
    do throws(ServiceError) {
        return try BackupResponse(wire: answer.body, format: .json)
    } catch {
        throw ServiceError(.malformedResponse, "The answer could not be understood: \(error.message)", cause: error)
    }
}
