import WeirModel
import WeirWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The environment variables and shared files through which AWS's tools are configured, and what follows from them.
///
/// | what | where, the first wins |
/// |---|---|
/// | profile | `AWS_PROFILE`, else `default` |
/// | files | `AWS_CONFIG_FILE`, else `~/.aws/config`; `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials` |
/// | region | `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's `region` |
/// | endpoint | `AWS_ENDPOINT_URL_KINESIS` (`…_DYNAMODB`), `AWS_ENDPOINT_URL`, the profile's `services` section, its `endpoint_url`; none of them with `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true` |
/// | credentials | see ``credentials(region:)`` |
/// | trusted certificates | `AWS_CA_BUNDLE`, the profile's `ca_bundle`: a file in PEM; else those of the system |
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
public struct ClientEnvironment: Sendable {
    private var lookUp: @Sendable (String) -> String?
    let readFile: @Sendable (String) throws(ServiceError) -> String?

    /// An environment from its parts.
    ///
    /// - Parameters:
    ///   - variables: The environment variables.
    ///   - readFile: The text of the file at a path; nil when there is none.
    public init(
        variables: [String: String],
        readFile: @escaping @Sendable (String) throws(ServiceError) -> String? = ConfigurationFileReader.read
    ) {
        lookUp = { variables[$0] }
        self.readFile = readFile
    }

    private init(lookUp: @escaping @Sendable (String) -> String?) {
        self.lookUp = lookUp
        readFile = ConfigurationFileReader.read
    }

    /// The environment of this process.
    public static let process = ClientEnvironment(lookUp: { name in getenv(name).map { String(cString: $0) } })

    /// The same environment with some variables set otherwise.
    public func overriding(_ variables: [String: String]) -> ClientEnvironment {
        var environment = self
        let lookUp = lookUp
        environment.lookUp = { name in variables[name] ?? lookUp(name) }
        return environment
    }

    /// The endpoint that the variables or the profile name for a service; nil when the region's public one of AWS is to
    /// be used.
    public func endpoint(of service: WireService) throws(ServiceError) -> String? {
        endpoint(of: service, profile: try profile())
    }

    /// The value of a variable; nil also when it is empty.
    public func variable(_ name: String) -> String? {
        lookUp(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The profile; nil when there is none and `AWS_PROFILE` asks for none. Throws `configuration` when it is asked for
    /// but not there, or a file cannot be understood.
    public func profile() throws(ServiceError) -> SharedProfile? { try profile(in: try profiles()) }

    func profile(in profiles: SharedProfiles) throws(ServiceError) -> SharedProfile? {
        let name = variable("AWS_PROFILE")
        let profile = profiles[name ?? "default"]
        if let name, profile == nil {
            throw ServiceError(.configuration, "The shared files have no profile '\(name)', which AWS_PROFILE names.")
        }
        return profile
    }

    /// What the shared files say.
    func profiles() throws(ServiceError) -> SharedProfiles {
        SharedProfiles(
            configuration: try file("AWS_CONFIG_FILE", default: "config"),
            credentials: try file("AWS_SHARED_CREDENTIALS_FILE", default: "credentials")
        )
    }

    /// The configuration of a client.
    ///
    /// An endpoint that is not one of AWS may be called without credentials (requests are then not signed), and without
    /// a region (`us-east-1` is then used). No service or program is asked for credentials to call it with: they are the
    /// keys in the environment or in the profile.
    ///
    /// - Parameters:
    ///   - service: The service that is called.
    ///   - endpoint: Used instead of what the environment says.
    ///   - region: Used instead of what the environment says.
    ///   - profile: The name of a profile that is used instead of `AWS_PROFILE`, and whose credentials are used instead
    ///     of those in the environment.
    public func configuration(
        for service: WireService,
        endpoint: String? = nil,
        region: String? = nil,
        profile name: String? = nil
    ) throws(ServiceError) -> ClientConfiguration {
        if let name {
            return try overriding([
                "AWS_PROFILE": name, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "",
                "AWS_WEB_IDENTITY_TOKEN_FILE": "", "AWS_ROLE_ARN": "", "AWS_ROLE_SESSION_NAME": "",
            ]).configuration(for: service, endpoint: endpoint, region: region)
        }
        let profile = try profile()
        let url = endpoint ?? self.endpoint(of: service, profile: profile)
        let isAWS = try url.map { url throws(ServiceError) in try Endpoint(url).isAWS } ?? true
        let named = region ?? variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION") ?? profile?["region"]
        guard let region = named ?? (isAWS ? nil : "us-east-1") else {
            throw ServiceError(
                .configuration,
                "No region was found: set AWS_REGION, or region in the shared configuration file."
            )
        }
        var configuration = ClientConfiguration(
            endpoint: url,
            region: region,
            credentials: isAWS ? try credentials(region: region) : keys(profile: profile)
        )
        configuration.certificateAuthorities = certificateAuthorities(profile: profile)
        return configuration
    }

    func certificateAuthorities(profile: SharedProfile?) -> String? {
        (variable("AWS_CA_BUNDLE") ?? profile?["ca_bundle"]).map(expanded)
    }

    /// The keys that are written down, else none.
    private func keys(profile: SharedProfile?) -> CredentialChain {
        var providers: [any CredentialProvider] = [EnvironmentCredentialProvider(environment: self)]
        if let profile { providers.append(ProfileCredentialProvider(profile: profile)) }
        return CredentialChain(providers + [.anonymous])
    }

    private func endpoint(of service: WireService, profile: SharedProfile?) -> String? {
        endpoint(of: service.endpointPrefix, profile: profile)
    }

    /// The endpoint of a service by what it is called in host names.
    func endpoint(of name: String, profile: SharedProfile?) -> String? {
        let ignores = variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ?? profile?["ignore_configured_endpoint_urls"]
        if ignores?.lowercased() == "true" { return nil }
        return variable("AWS_ENDPOINT_URL_\(name.uppercased())") ?? variable("AWS_ENDPOINT_URL")
            ?? profile?.endpoint(service: name)
    }

    private func file(_ name: String, default file: String) throws(ServiceError) -> SharedConfigurationFile {
        guard let path = variable(name).map(expanded) ?? variable("HOME").map({ "\($0)/.aws/\(file)" }),
            let text = try readFile(path)
        else { return SharedConfigurationFile() }
        return try SharedConfigurationFile(text: text, path: path)
    }

    /// The path with the home folder instead of a leading `~`.
    func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = variable("HOME") else { return path }
        return home + path.dropFirst()
    }
}
