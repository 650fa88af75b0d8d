import Synchronization
import WeirModel
import WeirSigning
import WeirWire

/// A caller that notes what it was allowed to do, so that it can be asked later whether it still is.
public final class WatchedCaller: ActionCaller {
    /// Something that was allowed.
    struct Grant: Hashable, Sendable {
        var action: String
        var resource: String
        var resourcePolicy: String?
    }

    private let caller: Caller
    private let noted = Mutex<[Grant]>([])

    /// A caller about to make a call.
    public init(_ caller: Caller) { self.caller = caller }

    public var arn: String { caller.arn }

    public func authorize(_ action: String, on resource: String, resourcePolicy: String?) throws(ServiceError) {
        try caller.authorize(action, on: resource, resourcePolicy: resourcePolicy)
        noted.withLock { $0.append(Grant(action: action, resource: resource, resourcePolicy: resourcePolicy)) }
    }

    /// Whether a key is the one that signed the call, and still allows all of it.
    func isStillAllowed(by key: AccessKey?) -> Bool {
        guard let key, let before = caller.key, key.credentials == before.credentials else { return false }
        return noted.withLock(\.self).allSatisfy { grant in
            caller.isAllowed(grant.action, on: grant.resource, resourcePolicy: grant.resourcePolicy, by: key)
        }
    }

    /// The ID of the key that signed the call.
    var accessKeyID: String { caller.key?.credentials.accessKeyID ?? "" }
}

/// Tells once when what a caller was allowed is allowed no more; for as long as it exists.
public final class AccessWatch: Sendable {
    private let end: @Sendable () -> Void

    init(end: @escaping @Sendable () -> Void) { self.end = end }

    deinit { end() }
}
