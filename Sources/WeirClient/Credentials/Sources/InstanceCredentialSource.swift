import NIOCore
import NIOHTTP1
import WeirModel
import WeirRuntime

/// The credentials of the role of an EC2 instance, from its metadata service, version 2.
///
/// | what | where, the first wins |
/// |---|---|
/// | not at all | `AWS_EC2_METADATA_DISABLED=true` |
/// | endpoint | `AWS_EC2_METADATA_SERVICE_ENDPOINT`, the profile's `ec2_metadata_service_endpoint`, else by the mode |
/// | mode | `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`, the profile's `ec2_metadata_service_endpoint_mode`: `IPv4` (the default) or `IPv6` |
/// | time-out | `AWS_METADATA_SERVICE_TIMEOUT`, the profile's `metadata_service_timeout`, in seconds, else 1 |
/// | attempts | `AWS_METADATA_SERVICE_NUM_ATTEMPTS`, the profile's `metadata_service_num_attempts`, else 1 |
///
/// Version 1, without a token, is not used.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
struct InstanceCredentialSource: CredentialSource {
    private let environment: ClientEnvironment
    private let profile: SharedProfile?
    private let seams: ClientSeams
    private static let rolePath = "/latest/meta-data/iam/security-credentials/"

    let name = "the instance metadata service"
    let outlastsOutages = true

    init(environment: ClientEnvironment, profile: SharedProfile?, seams: ClientSeams) {
        self.environment = environment
        self.profile = profile
        self.seams = seams
    }

    private func setting(_ variable: String, _ key: String) -> String? {
        environment.variable(variable) ?? profile?[key]
    }

    func fetch() async throws(ServiceError) -> FetchedCredentials {
        if environment.variable("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true" {
            return .absent("AWS_EC2_METADATA_DISABLED is true")
        }
        let base = try base()
        let answer: HTTPAnswer
        do throws(ServiceError) {
            let token = try await send(
                .PUT,
                base + "/latest/api/token",
                ("x-aws-ec2-metadata-token-ttl-seconds", "21600")
            )
            guard token.status == 200 else {
                return .absent("the instance metadata service refused a token with HTTP status \(token.status)")
            }
            let header = ("x-aws-ec2-metadata-token", Self.line(token.body))
            let roles = try await send(.GET, base + Self.rolePath, header)
            let role = Self.line(roles.body)
            guard roles.status == 200, !role.isEmpty else { return .absent("the instance has no role") }
            answer = try await send(.GET, base + Self.rolePath + role, header)
        } catch {
            guard error.code != .cancelled else { throw error }
            // Most machines are no instances. A token that does not come may be on its way through one router too many.
            let hint = error.code == .timeout ? "; in a container its hop limit must be 2 or more" : ""
            return .absent("the instance metadata service at \(base) did not answer (\(error.message)\(hint))")
        }
        guard answer.status == 200 else {
            return .absent("the instance metadata service answered with HTTP status \(answer.status)")
        }
        let document = try CredentialDocument(answer.body, from: name)
        if let code = document.text("Code"), code != "Success" {
            return .absent("the instance metadata service answered: \(code) \(document.text("Message") ?? "")")
        }
        let now = Timestamp(millisecondsSinceEpoch: seams.time.wallMilliseconds)
        return .found(try document.credentials(tokenName: "Token", givenAt: answer.date ?? now))
    }

    private func send(
        _ method: HTTPMethod,
        _ url: String,
        _ header: (name: String, value: String)
    ) async throws(ServiceError) -> HTTPAnswer {
        let seconds = setting("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout").flatMap(Int.init) ?? 1
        let attempts = setting("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts").flatMap(Int.init)
        let transport = CredentialTransport(timeout: .seconds(max(1, seconds)))
        var left = max(1, attempts ?? 1)
        while true {
            left -= 1
            do throws(ServiceError) {
                let answer = try await transport.send(method, url, headers: [header])
                if answer.status < 500 || left == 0 { return answer }
            } catch {
                if left == 0 || error.code == .cancelled { throw error }
            }
        }
    }

    private func base() throws(ServiceError) -> String {
        let endpoint = setting("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")
        if let endpoint {
            // Says what is wrong with it.
            let url = try Endpoint(endpoint).description
            return url.hasSuffix("/") ? String(url.dropLast()) : url
        }
        let mode = setting("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode") ?? "ipv4"
        switch mode.lowercased() {
        case "ipv4": return "http://169.254.169.254"
        case "ipv6": return "http://[fd00:ec2::254]"
        default:
            throw ServiceError(
                .configuration,
                "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE must be IPv4 or IPv6, but is '\(mode)'."
            )
        }
    }

    /// The first line of a body.
    private static func line(_ body: ByteBuffer) -> String {
        String(String(buffer: body).prefix { !$0.isNewline })
    }
}
