import WeirModel

/// Finds out where the credentials of a profile come from. Asks nobody yet.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
struct ProfileResolver {
    private let environment: ClientEnvironment
    private let profiles: SharedProfiles
    private let profile: SharedProfile?
    private let region: String
    private let seams: ClientSeams

    /// - Parameter profile: The profile that was asked for, which says how services are reached.
    init(
        environment: ClientEnvironment,
        profiles: SharedProfiles,
        profile: SharedProfile?,
        region: String,
        seams: ClientSeams
    ) {
        self.environment = environment
        self.profiles = profiles
        self.profile = profile
        self.region = region
        self.seams = seams
    }

    var container: any CredentialProvider {
        refreshing(ContainerCredentialSource(environment: environment, seams: seams))
    }

    var instance: any CredentialProvider {
        refreshing(InstanceCredentialSource(environment: environment, profile: profile, seams: seams))
    }

    /// Nil when the environment names no token.
    func webIdentityOfEnvironment() -> (any CredentialProvider)? {
        guard let file = environment.variable("AWS_WEB_IDENTITY_TOKEN_FILE") else { return nil }
        return failingLate { () throws(ServiceError) in
            try webIdentity(
                file: file,
                role: environment.variable("AWS_ROLE_ARN") ?? profile?["role_arn"],
                sessionName: environment.variable("AWS_ROLE_SESSION_NAME"),
                place: "The environment has AWS_WEB_IDENTITY_TOKEN_FILE, but no AWS_ROLE_ARN."
            )
        }
    }

    /// The credentials of a profile. What is wrong with it is thrown by the provider, when it is asked.
    func provider(of profile: SharedProfile) -> any CredentialProvider {
        failingLate { () throws(ServiceError) in try provider(of: profile, visited: [profile.name]) }
    }

    private func provider(
        of profile: SharedProfile,
        visited: [String]
    ) throws(ServiceError) -> any CredentialProvider {
        guard let role = profile["role_arn"], profile["web_identity_token_file"] == nil else {
            return try providerWithoutRole(of: profile)
        }
        let base = try base(of: profile, visited: visited)
        if let device = profile["mfa_serial"] {
            throw ServiceError(
                .configuration,
                "Profile '\(profile.name)' wants a code of the MFA device \(device), which a program that runs by "
                    + "itself cannot ask for. \(Self.remedy(profile))"
            )
        }
        return refreshing(
            RoleCredentialSource(
                .init(
                    arn: role,
                    sessionName: profile["role_session_name"],
                    externalID: profile["external_id"],
                    durationSeconds: profile["duration_seconds"].flatMap(Int.init)
                ),
                base: base,
                service: try tokenService()
            )
        )
    }

    /// What the role of a profile is assumed with.
    private func base(of profile: SharedProfile, visited: [String]) throws(ServiceError) -> any CredentialProvider {
        switch (profile["source_profile"], profile["credential_source"]) {
        case (_?, _?):
            throw ServiceError(
                .configuration,
                "Profile '\(profile.name)' has both source_profile and credential_source."
            )
        case (nil, nil):
            throw ServiceError(
                .configuration,
                "Profile '\(profile.name)' has a role_arn, but neither source_profile nor credential_source."
            )
        case (nil, let source?):
            return try provider(source: source, of: profile)
        case (let name?, nil):
            guard let source = profiles[name] else {
                throw ServiceError(
                    .configuration,
                    "The source_profile '\(name)' of profile '\(profile.name)' does not exist."
                )
            }
            // A profile that names itself means its own keys.
            if hasKeys(source), name == profile.name || !visited.contains(name) {
                return try providerWithoutRole(of: source)
            }
            guard !visited.contains(name) else {
                throw ServiceError(
                    .configuration,
                    "The source_profile of profile '\(profile.name)' leads round in a circle: "
                        + "\((visited + [name]).joined(separator: ", "))."
                )
            }
            return try provider(of: source, visited: visited + [name])
        }
    }

    private func provider(
        source: String,
        of profile: SharedProfile
    ) throws(ServiceError) -> any CredentialProvider {
        switch source {
        case "Environment": return EnvironmentCredentialProvider(environment: environment)
        case "EcsContainer": return container
        case "Ec2InstanceMetadata": return instance
        default:
            throw ServiceError(
                .configuration,
                "The credential_source of profile '\(profile.name)' must be Environment, EcsContainer or "
                    + "Ec2InstanceMetadata, but is '\(source)'."
            )
        }
    }

    private func providerWithoutRole(of profile: SharedProfile) throws(ServiceError) -> any CredentialProvider {
        if let file = profile["web_identity_token_file"] {
            return try webIdentity(
                file: file,
                role: profile["role_arn"],
                sessionName: profile["role_session_name"],
                place: "Profile '\(profile.name)' has a web_identity_token_file, but no role_arn."
            )
        }
        let isSignedOn = ["sso_session", "sso_start_url", "sso_account_id", "sso_role_name"].contains {
            profile[$0] != nil
        }
        if isSignedOn || (profile["login_session"] != nil && !hasKeys(profile)) {
            throw ServiceError(
                .configuration,
                "Profile '\(profile.name)' signs on \(isSignedOn ? "by IAM Identity Center (SSO)" : "by aws login"), "
                    + "which is not supported. \(Self.remedy(profile))"
            )
        }
        if !hasKeys(profile), let command = profile["credential_process"] {
            return refreshing(ProcessCredentialSource(command: command, profile: profile.name, seams: seams))
        }
        return ProfileCredentialProvider(profile: profile)
    }

    private func hasKeys(_ profile: SharedProfile) -> Bool {
        profile["aws_access_key_id"] != nil || profile["aws_secret_access_key"] != nil
    }

    private func webIdentity(
        file: String,
        role: String?,
        sessionName: String?,
        place: String
    ) throws(ServiceError) -> any CredentialProvider {
        guard let role else { throw ServiceError(.configuration, place) }
        return refreshing(
            WebIdentityCredentialSource(
                .init(arn: role, sessionName: sessionName),
                tokenFile: file,
                environment: environment,
                service: try tokenService()
            )
        )
    }

    private func tokenService() throws(ServiceError) -> SecurityTokenService {
        try SecurityTokenService(
            endpoint: environment.endpoint(of: "sts", profile: profile),
            region: region,
            certificateAuthorities: environment.certificateAuthorities(profile: profile),
            seams: seams
        )
    }

    private func refreshing(_ source: any CredentialSource) -> any CredentialProvider {
        RefreshingCredentialProvider(source, seams: seams)
    }

    private func failingLate(
        _ body: () throws(ServiceError) -> any CredentialProvider
    ) -> any CredentialProvider {
        do {
            return try body()
        } catch {
            return FailingCredentialProvider(error: error)
        }
    }

    /// What to do about a profile whose credentials only AWS's own tools get.
    private static func remedy(_ profile: SharedProfile) -> String {
        "Let the AWS CLI get them: a profile with credential_process = aws configure export-credentials "
            + "--profile \(profile.name) --format process."
    }
}

/// Throws the same error whenever it is asked.
private struct FailingCredentialProvider: CredentialProvider {
    let error: ServiceError

    func credentials() async throws(ServiceError) -> CredentialLookup { throw error }
}
