import Synchronization

/// Keeps derived signing keys, since each is good for a day: one is made per secret, date, region and service.
///
/// It holds a bounded number of keys; when it is full the keys of other days go first.
public final class SigningKeyCache: Sendable {
    private struct Name: Hashable {
        var secretAccessKey: String
        var scope: CredentialScope
    }

    private let keys = Mutex<[Name: SigningKey]>([:])
    private let maximumCount: Int

    /// An empty cache for at most `maximumCount` keys, at least one.
    public init(maximumCount: Int = 64) {
        self.maximumCount = max(1, maximumCount)
    }

    /// The key of a scope, derived when it is not there yet.
    public func key(secretAccessKey: String, scope: CredentialScope) -> SigningKey {
        let name = Name(secretAccessKey: secretAccessKey, scope: scope)
        if let key = keys.withLock({ $0[name] }) { return key }
        let key = SigningKey(secretAccessKey: secretAccessKey, scope: scope)
        keys.withLock { keys in
            if keys.count >= maximumCount { keys = keys.filter { $0.key.scope.date == scope.date } }
            if keys.count >= maximumCount { keys.removeAll() }
            keys[name] = key
        }
        return key
    }

    /// How many keys are held.
    package var count: Int { keys.withLock { $0.count } }
}
