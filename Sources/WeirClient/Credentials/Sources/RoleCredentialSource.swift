import WeirModel
import WeirSigning

/// The credentials of a role that is assumed with other credentials: `role_arn` of a profile.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
struct RoleCredentialSource: CredentialSource {
    /// What is asked for.
    struct Role: Hashable, Sendable {
        /// The role.
        var arn: String
        /// What the session is called; nil for a name with the time in it.
        var sessionName: String?
        /// What the account of the role wants to hear.
        var externalID: String?
        /// How long the credentials are to last; nil for an hour.
        var durationSeconds: Int?
    }

    private let role: Role
    private let base: any CredentialProvider
    private let service: SecurityTokenService

    let name: String
    let outlastsOutages = false

    init(_ role: Role, base: any CredentialProvider, service: SecurityTokenService) {
        self.role = role
        self.base = base
        self.service = service
        name = "the role \(role.arn)"
    }

    func fetch() async throws(ServiceError) -> FetchedCredentials {
        guard let credentials = try await base.credentials().signingCredentials() else {
            throw ServiceError(.configuration, "There are no credentials to assume the role \(role.arn) with.")
        }
        var parameters = [
            ("Action", "AssumeRole"), ("RoleArn", role.arn),
            ("RoleSessionName", role.sessionName ?? service.sessionName),
        ]
        if let id = role.externalID { parameters.append(("ExternalId", id)) }
        if let seconds = role.durationSeconds { parameters.append(("DurationSeconds", "\(seconds)")) }
        return .found(try await service.credentials(parameters, signedWith: credentials))
    }
}

/// The credentials of a role that is assumed with a token of an identity provider, such as that of a Kubernetes service
/// account. The file with the token is read each time: it is written anew before the token expires.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
struct WebIdentityCredentialSource: CredentialSource {
    private let role: RoleCredentialSource.Role
    private let tokenFile: String
    private let environment: ClientEnvironment
    private let service: SecurityTokenService

    let name: String
    let outlastsOutages = false

    init(
        _ role: RoleCredentialSource.Role,
        tokenFile: String,
        environment: ClientEnvironment,
        service: SecurityTokenService
    ) {
        self.role = role
        self.tokenFile = tokenFile
        self.environment = environment
        self.service = service
        name = "the role \(role.arn) by web identity"
    }

    func fetch() async throws(ServiceError) -> FetchedCredentials {
        let token = try environment.text(ofFile: tokenFile, named: "the web identity token file")
        let parameters = [
            ("Action", "AssumeRoleWithWebIdentity"), ("RoleArn", role.arn),
            ("RoleSessionName", role.sessionName ?? service.sessionName), ("WebIdentityToken", token),
        ]
        return .found(try await service.credentials(parameters, signedWith: nil))
    }
}
