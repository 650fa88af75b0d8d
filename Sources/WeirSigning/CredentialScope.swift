/// Where and when a signature is good: one day, one region, one service.
public struct CredentialScope: Hashable, Sendable, CustomStringConvertible {
    /// `YYYYMMDD` in UTC.
    public var date: String
    /// The region, for example `eu-central-1`.
    public var region: String
    /// The service's name in signatures, for example `kinesis`.
    public var service: String

    /// A scope from its parts.
    public init(date: String, region: String, service: String) {
        self.date = date
        self.region = region
        self.service = service
    }

    /// The scope as it stands in the string to sign and in the credential.
    public var description: String { "\(date)/\(region)/\(service)/aws4_request" }
}
