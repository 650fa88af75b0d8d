import WeirModel
import WeirSigning

/// Credentials from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html
public struct EnvironmentCredentialProvider: CredentialProvider {
    private let environment: ClientEnvironment

    /// The credentials of an environment.
    public init(environment: ClientEnvironment) {
        self.environment = environment
    }

    public func credentials() async throws(ServiceError) -> CredentialLookup {
        try staticCredentials(
            accessKeyID: environment.variable("AWS_ACCESS_KEY_ID"),
            secretAccessKey: environment.variable("AWS_SECRET_ACCESS_KEY"),
            sessionToken: environment.variable("AWS_SESSION_TOKEN"),
            names: ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
            place: "the environment"
        )
    }
}

/// Credentials from the keys `aws_access_key_id`, `aws_secret_access_key` and `aws_session_token` of a profile.
public struct ProfileCredentialProvider: CredentialProvider {
    private let profile: SharedProfile

    /// The credentials of a profile.
    public init(profile: SharedProfile) {
        self.profile = profile
    }

    public func credentials() async throws(ServiceError) -> CredentialLookup {
        try staticCredentials(
            accessKeyID: profile["aws_access_key_id"],
            secretAccessKey: profile["aws_secret_access_key"],
            sessionToken: profile["aws_session_token"],
            names: ("aws_access_key_id", "aws_secret_access_key"),
            place: "profile '\(profile.name)' of the shared files"
        )
    }
}

/// Half a key is a mistake, which must not lead on to the next source and so to another account.
private func staticCredentials(
    accessKeyID: String?,
    secretAccessKey: String?,
    sessionToken: String?,
    names: (accessKeyID: String, secretAccessKey: String),
    place: String
) throws(ServiceError) -> CredentialLookup {
    switch (accessKeyID, secretAccessKey) {
    case (let accessKeyID?, let secretAccessKey?):
        return .found(
            Credentials(accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: sessionToken)
        )
    case (nil, nil):
        return .absent("\(place) has no \(names.accessKeyID)")
    case (_?, nil):
        throw ServiceError(
            .configuration,
            "There is \(names.accessKeyID) in \(place), but no \(names.secretAccessKey)."
        )
    case (nil, _?):
        throw ServiceError(
            .configuration,
            "There is \(names.secretAccessKey) in \(place), but no \(names.accessKeyID)."
        )
    }
}
