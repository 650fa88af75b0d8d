import WeirModel

/// Asks several sources in order, and takes the first that has credentials.
public struct CredentialChain: CredentialProvider {
    private let providers: [any CredentialProvider]

    /// A chain of sources, the first to ask first.
    public init(_ providers: [any CredentialProvider]) {
        self.providers = providers
    }

    public func credentials() async throws(ServiceError) -> CredentialLookup {
        var reasons: [String] = []
        for provider in providers {
            let lookup = try await provider.credentials()
            guard case .absent(let reason) = lookup else { return lookup }
            reasons.append(reason)
        }
        return .absent(reasons.joined(separator: "; "))
    }
}
