import NIOCore
import NIOHTTP1
import WeirModel
import WeirRuntime
import WeirSigning

/// Calls the AWS Security Token Service: the two actions that give credentials.
///
/// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
struct SecurityTokenService: Sendable {
    private let endpoint: Endpoint
    private let signer: RequestSigner
    private let transport: CredentialTransport
    private let seams: ClientSeams
    private let skew = ClockSkew()
    private static let timeout = Duration.seconds(10)

    /// Throws `configuration` when the endpoint or the region cannot be used.
    ///
    /// - Parameters:
    ///   - endpoint: The URL; nil for the region's endpoint of AWS.
    ///   - region: The region.
    ///   - certificateAuthorities: As ``ClientConfiguration/certificateAuthorities``.
    init(
        endpoint: String?,
        region: String,
        certificateAuthorities: String?,
        seams: ClientSeams
    ) throws(ServiceError) {
        if let endpoint {
            self.endpoint = try Endpoint(endpoint)
        } else {
            self.endpoint = try .aws(endpointPrefix: "sts", region: region)
        }
        signer = RequestSigner(region: region, service: "sts")
        transport = CredentialTransport(timeout: Self.timeout, certificateAuthorities: certificateAuthorities)
        self.seams = seams
    }

    /// A name for a session that has none.
    var sessionName: String { "weir-\(seams.time.wallMilliseconds / 1000)" }

    /// Calls an action until it succeeds or the retry policy gives up.
    ///
    /// - Parameters:
    ///   - parameters: The action and what it takes.
    ///   - credentials: What the call is signed with; nil for no signature.
    func credentials(
        _ parameters: [(String, String)],
        signedWith credentials: Credentials?
    ) async throws(ServiceError) -> TemporaryCredentials {
        let body = Self.form(parameters + [("Version", "2011-06-15")])
        var retries = RetryStateMachine(policy: RetryPolicy())
        var isCorrected = false
        let began = seams.time.monotonicNanoseconds
        while true {
            let offset = skew.offset
            let failure: ServiceError
            do throws(ServiceError) {
                return try await attempt(body, credentials: credentials, clockOffset: offset)
            } catch {
                failure = error
            }
            if !isCorrected, failure.mayBeClockSkew, skew.hasMoved(from: offset) {
                isCorrected = true
                continue
            }
            let elapsed = Duration.nanoseconds(seams.time.monotonicNanoseconds - began)
            switch retries.attemptFailed(failure, elapsed: elapsed, jitter: seams.jitter()) {
            case .fail(let error):
                throw error
            case .retry(let delay):
                do {
                    try await seams.time.sleep(for: delay)
                } catch {
                    throw ServiceError(.cancelled, "The wait for credentials was cancelled.", cause: failure)
                }
            }
        }
    }

    private func attempt(
        _ body: ByteBuffer,
        credentials: Credentials?,
        clockOffset: Duration
    ) async throws(ServiceError) -> TemporaryCredentials {
        var headers = [
            (name: "host", value: endpoint.hostHeader),
            (name: "content-type", value: "application/x-www-form-urlencoded; charset=utf-8"),
        ]
        let sent = seams.time.wallMilliseconds
        if let credentials {
            let request = SignableRequest(
                method: "POST",
                path: endpoint.path,
                headers: headers,
                payloadHash: body.withUnsafeReadableBytes { PayloadHash(of: $0) }
            )
            headers += signer.headers(signing: request, credentials: credentials, time: .now(sent, clockOffset))
        }
        let answer = try await transport.send(.POST, endpoint.description, headers: headers, body: body)
        skew.answered(answer.headers, sent: sent, received: seams.time.wallMilliseconds)
        let now = answer.date ?? Timestamp(millisecondsSinceEpoch: seams.time.wallMilliseconds)
        let document: XMLElement
        do throws(ServiceError) {
            document = try XMLElement(answer.body)
        } catch {
            guard answer.status == 200 else { throw ServiceError(answer) }
            throw error
        }
        guard answer.status == 200 else { throw Self.error(document, status: answer.status) }
        return try Self.credentials(document, givenAt: now)
    }

    private static func credentials(
        _ document: XMLElement,
        givenAt: Timestamp
    ) throws(ServiceError) -> TemporaryCredentials {
        let result = document.children.first { $0.name.hasSuffix("Result") }
        guard let element = result?["Credentials"], let accessKeyID = element["AccessKeyId"]?.text,
            let secretAccessKey = element["SecretAccessKey"]?.text,
            let expiration = (element["Expiration"]?.text).flatMap({ Timestamp(iso8601Time: $0) })
        else {
            throw ServiceError(.malformedResponse, "The answer of the Security Token Service has no credentials.")
        }
        return TemporaryCredentials(
            credentials: Credentials(
                accessKeyID: accessKeyID,
                secretAccessKey: secretAccessKey,
                sessionToken: element["SessionToken"]?.text
            ),
            expiration: expiration,
            givenAt: givenAt
        )
    }

    private static func error(_ document: XMLElement, status: Int) -> ServiceError {
        let error = document["Error"]
        let name = error?["Code"]?.text ?? "the Security Token Service answered with HTTP status \(status)"
        let message = "\(name): \(error?["Message"]?.text ?? "")"
        switch name {
        // The identity provider could not be reached by AWS: it may be the next time.
        case "IDPCommunicationError": return ServiceError(.serviceUnavailable, message)
        case "AccessDenied": return ServiceError(.accessDenied, message)
        default: return ServiceError(ServiceError.commonCode(.init(rawValue: name), status: status), message)
        }
    }

    private static func form(_ parameters: [(String, String)]) -> ByteBuffer {
        let text = parameters.map { "\($0.0)=\(URIEncoding.encode($0.1.utf8))" }.joined(separator: "&")
        return ByteBuffer(string: text)
    }
}
