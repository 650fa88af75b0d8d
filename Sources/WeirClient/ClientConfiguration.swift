/// Where and how a client calls.
///
/// ``ClientEnvironment`` makes one from the usual environment variables and files of AWS.
public struct ClientConfiguration: Sendable {
    /// The URL of the service, for example `http://127.0.0.1:4567`; nil for the region's public endpoint of AWS.
    public var endpoint: String?
    /// The region, which is part of every signature, for example `eu-central-1`.
    public var region: String
    /// Where the credentials come from that requests are signed with.
    public var credentials: any CredentialProvider
    /// A file of certificates in PEM: an `https` endpoint must be certified by one of them. Nil for those that the system
    /// trusts.
    public var certificateAuthorities: String?
    /// How long making a connection may take, including TLS. Default 3 s.
    public var connectTimeout: Duration = .seconds(3)
    /// How long one attempt may take, from the wait for a connection to the last byte of the answer. Default 30 s.
    public var requestTimeout: Duration = .seconds(30)
    /// When and how often a failed call is repeated.
    public var retryPolicy = RetryPolicy()
    /// Connections to the endpoint, at most; further calls wait for one. Default 50, at least 1.
    public var maximumConnections = 50
    /// A connection that is not used for so long is closed. Default 20 s: servers close theirs later, which keeps
    /// requests off connections that are about to close.
    public var idleTimeout: Duration = .seconds(20)

    /// A configuration with the default time-outs, retries and connections.
    public init(endpoint: String? = nil, region: String, credentials: any CredentialProvider) {
        self.endpoint = endpoint
        self.region = region
        self.credentials = credentials
    }
}
