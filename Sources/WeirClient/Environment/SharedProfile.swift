/// A profile of the shared files: what `~/.aws/config` and `~/.aws/credentials` say under one name.
public struct SharedProfile: Sendable {
    /// The name, for example `default`.
    public let name: String
    private let values: [String: String]
    private let services: [String: [String: String]]

    /// The profile of a name; nil when neither file has it. The credentials file wins where both name a key.
    init?(name: String, configuration: SharedConfigurationFile, credentials: SharedConfigurationFile) {
        // Also without "profile" in the configuration file, as the AWS CLI reads the default profile.
        let section =
            configuration.sections["profile \(name)"]
            ?? (name == "default" ? configuration.sections["default"] : nil)
        let secrets = credentials.sections[name]
        guard section != nil || secrets != nil else { return nil }
        self.name = name
        values = (section?.values ?? [:]).merging(secrets?.values ?? [:]) { _, secret in secret }
        services = values["services"].flatMap { configuration.sections["services \($0)"]?.blocks } ?? [:]
    }

    /// The value of a key, in lower case.
    public subscript(key: String) -> String? { values[key] }

    /// The endpoint of a service: of the profile's `services` section, or of the profile.
    func endpoint(service: String) -> String? { services[service]?["endpoint_url"] ?? values["endpoint_url"] }
}
