import NIOCore
import NIOHTTP1
import WeirModel
import WeirRuntime

/// The credentials of a container: of an ECS task's role, or of a pod's identity in EKS.
///
/// `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` names a path at 169.254.170.2; else `AWS_CONTAINER_CREDENTIALS_FULL_URI`
/// names a URL, which must be `https`, or lead to this machine or to the addresses of ECS and EKS: credentials of
/// anybody else would be asked for in plain text. What `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` holds, read each time,
/// or `AWS_CONTAINER_AUTHORIZATION_TOKEN` is sent as `Authorization`.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
struct ContainerCredentialSource: CredentialSource {
    private let environment: ClientEnvironment
    private let seams: ClientSeams
    private static let address = "http://169.254.170.2"
    private static let allowedHosts: Set<String> = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost"]
    private static let timeout = Duration.seconds(2)
    private static let maximumAttempts = 3
    private static let pause = Duration.seconds(1)

    let name = "the container's credential endpoint"
    let outlastsOutages = false

    init(environment: ClientEnvironment, seams: ClientSeams) {
        self.environment = environment
        self.seams = seams
    }

    func fetch() async throws(ServiceError) -> FetchedCredentials {
        guard let url = try Self.url(environment) else {
            return .absent("the environment has no AWS_CONTAINER_CREDENTIALS_FULL_URI")
        }
        var headers = [(name: "accept", value: "application/json")]
        if let token = try Self.token(environment) { headers.append((name: "authorization", value: token)) }
        var attempts = 0
        while true {
            do throws(ServiceError) {
                return .found(try await attempt(url, headers: headers))
            } catch {
                attempts += 1
                guard attempts < Self.maximumAttempts, error.code != .cancelled else { throw error }
                do {
                    try await seams.time.sleep(for: Self.pause)
                } catch let interruption {
                    throw ServiceError(.cancelled, "The wait for credentials was cancelled.", cause: interruption)
                }
            }
        }
    }

    private func attempt(
        _ url: String,
        headers: [(name: String, value: String)]
    ) async throws(ServiceError) -> TemporaryCredentials {
        let answer = try await CredentialTransport(timeout: Self.timeout).send(.GET, url, headers: headers)
        guard answer.status == 200 else {
            let document = try? CredentialDocument(answer.body, from: name)
            let reason = document?.text("message") ?? document?.text("Message") ?? ""
            throw ServiceError(
                answer.status >= 500 ? .serviceUnavailable : .configuration,
                "The container's credential endpoint answered with HTTP status \(answer.status). \(reason)"
            )
        }
        let now = Timestamp(millisecondsSinceEpoch: seams.time.wallMilliseconds)
        return try CredentialDocument(answer.body, from: name)
            .credentials(tokenName: "Token", givenAt: answer.date ?? now)
    }

    /// Where to ask; nil when the environment does not say. Throws `configuration` when it may not be asked.
    static func url(_ environment: ClientEnvironment) throws(ServiceError) -> String? {
        if let path = environment.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            guard path.hasPrefix("/") else {
                throw ServiceError(
                    .configuration,
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with a slash, but is '\(path)'."
                )
            }
            return address + path
        }
        guard let url = environment.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") else { return nil }
        let withoutQuery = url.prefix { $0 != "?" }
        let endpoint = try Endpoint(String(withoutQuery))
        guard endpoint.scheme == .https || allowedHosts.contains(endpoint.host) || isLoopback(endpoint.host) else {
            throw ServiceError(
                .configuration,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or lead to a loopback address or one of "
                    + "\(allowedHosts.sorted().joined(separator: ", ")), but its host is '\(endpoint.host)'."
            )
        }
        return url
    }

    private static func isLoopback(_ host: String) -> Bool {
        guard let address = try? SocketAddress(ipAddress: host, port: 0) else { return false }
        switch address {
        case .v4: return host.hasPrefix("127.")
        case .v6: return address.ipAddress == "::1"
        case .unixDomainSocket: return false
        }
    }

    private static func token(_ environment: ClientEnvironment) throws(ServiceError) -> String? {
        var token = environment.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        if let path = environment.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            token = try environment.text(ofFile: path, named: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
        }
        guard let token else { return nil }
        guard !token.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A }) else {
            throw ServiceError(.configuration, "The container's authorization token has a line break in it.")
        }
        return token
    }
}
