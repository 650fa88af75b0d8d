import Metrics
import WeirModel

extension ClientEnvironment {
    /// Where AWS's SDKs look for credentials, in their order; the first that has any is used:
    ///
    /// 1. `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`;
    /// 2. the role `AWS_ROLE_ARN` by the token in `AWS_WEB_IDENTITY_TOKEN_FILE` (session `AWS_ROLE_SESSION_NAME`);
    /// 3. the profile: `role_arn` with `source_profile` or `credential_source` (`external_id`, `role_session_name`,
    ///    `duration_seconds`), or with `web_identity_token_file`; its keys; its `credential_process`;
    /// 4. a container's endpoint: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `…_FULL_URI`;
    /// 5. the metadata service of an EC2 instance.
    ///
    /// Temporary ones are fetched when they are first needed, and again before they expire: once for all who ask the
    /// same chain. Share it between the configurations of several clients, as ``ClientConfiguration/credentials``.
    ///
    /// - Parameters:
    ///   - region: Where the Security Token Service is asked, unless `AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL` or the
    ///     profile names its endpoint.
    ///   - metricsFactory: Makes the metrics of asking for temporary credentials; nil for none.
    /// - Throws: `configuration` when the shared files cannot be understood, or the profile that is named is not there. What
    ///   is wrong with a source is thrown when it is asked.
    ///
    /// Source: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
    public func credentials(
        region: String,
        metricsFactory: (any MetricsFactory)? = nil
    ) throws(ServiceError) -> CredentialChain {
        var seams = ClientSeams()
        if let metricsFactory { seams.metricsFactory = metricsFactory }
        return try credentials(region: region, seams: seams)
    }

    package func credentials(region: String, seams: ClientSeams) throws(ServiceError) -> CredentialChain {
        let profiles = try profiles()
        let profile = try profile(in: profiles)
        let resolver = ProfileResolver(
            environment: self,
            profiles: profiles,
            profile: profile,
            region: region,
            seams: seams
        )
        var providers: [any CredentialProvider] = [EnvironmentCredentialProvider(environment: self)]
        if let provider = resolver.webIdentityOfEnvironment() { providers.append(provider) }
        if let profile { providers.append(resolver.provider(of: profile)) }
        providers.append(resolver.container)
        providers.append(resolver.instance)
        return CredentialChain(providers)
    }

    /// The text of a file that must be there. Throws `configuration` when it is not.
    func text(ofFile path: String, named name: String) throws(ServiceError) -> String {
        guard let text = try readFile(expanded(path)), !text.isEmpty else {
            throw ServiceError(.configuration, "The file \(path), \(name), is missing or empty.")
        }
        return text
    }
}
