/// The profiles of the shared files.
struct SharedProfiles: Sendable {
    private let configuration: SharedConfigurationFile
    private let credentials: SharedConfigurationFile

    init(configuration: SharedConfigurationFile, credentials: SharedConfigurationFile) {
        self.configuration = configuration
        self.credentials = credentials
    }

    /// The profile of a name; nil when neither file has it.
    subscript(name: String) -> SharedProfile? {
        SharedProfile(name: name, configuration: configuration, credentials: credentials)
    }
}
