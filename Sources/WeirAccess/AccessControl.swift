import NIOCore
import Synchronization
import WeirModel
import WeirSigning

/// Finds out who sent a request, by its signature and the access keys of the server.
///
/// The keys may be replaced while requests are served: each request is judged by those of its moment.
public final class AccessControl: Sendable {
    /// A request whose signature is right.
    public struct Identity: Sendable {
        /// Who sent it.
        public let caller: Caller
        /// The region that it was signed for.
        public let region: String
    }

    private let account: String
    private let verifier = SignatureVerifier()
    private let state: Mutex<State>

    private struct State {
        var keys: [String: AccessKey]
        var watches: [UInt64: Watch] = [:]
        var nextWatch: UInt64 = 0

        func key(of caller: WatchedCaller) -> AccessKey? { keys[caller.accessKeyID] }
    }

    private struct Watch: Sendable {
        let caller: WatchedCaller
        let whenLost: @Sendable () -> Void
    }

    /// Judges by the keys of a file.
    ///
    /// - Parameters:
    ///   - file: The keys.
    ///   - account: The account of the users: twelve digits.
    public init(_ file: CredentialsFile, account: String) {
        self.account = account
        state = Mutex(State(keys: Self.byID(file)))
    }

    /// Judges by the keys of another file from now on. Callers that are watched are told when they lose what they had.
    public func replaceKeys(by file: CredentialsFile) {
        let replacement = Self.byID(file)
        let lost = state.withLock { state in
            state.keys = replacement
            let lost = state.watches.filter { !$0.value.caller.isStillAllowed(by: state.key(of: $0.value.caller)) }
            for number in lost.keys { state.watches[number] = nil }
            return lost.values.map(\.whenLost)
        }
        for tell in lost { tell() }
    }

    /// Watches whether a caller keeps what it was allowed until now: its key, with the same secret, and its permissions.
    ///
    /// - Parameters:
    ///   - caller: The caller, whose call was let through.
    ///   - whenLost: Called once, on any thread, when the keys are replaced by others that do not allow it; at once if they
    ///     were already.
    public func watch(_ caller: WatchedCaller, whenLost: @escaping @Sendable () -> Void) -> AccessWatch {
        let number: UInt64? = state.withLock { state in
            guard caller.isStillAllowed(by: state.key(of: caller)) else { return nil }
            defer { state.nextWatch += 1 }
            state.watches[state.nextWatch] = Watch(caller: caller, whenLost: whenLost)
            return state.nextWatch
        }
        guard let number else {
            whenLost()
            return AccessWatch {}
        }
        return AccessWatch { [weak self] in
            // What the closure holds is let go outside the lock.
            _ = self?.state.withLock { $0.watches.removeValue(forKey: number) }
        }
    }

    /// How many callers are watched.
    var watchCount: Int { state.withLock(\.watches.count) }

    /// Verifies the signature of a request.
    ///
    /// - Parameters:
    ///   - request: The request as it came in.
    ///   - body: Its body as it came in, before anything was unpacked.
    ///   - service: The service that it is for, as signatures name it.
    ///   - now: Milliseconds since 1970.
    /// - Throws: `missingAuthenticationToken`, `incompleteSignature`, `invalidSignature`, `unrecognizedClient`.
    public func authenticate(
        _ request: ReceivedRequest,
        body: ByteBuffer,
        service: String,
        now: Int64
    ) throws(ServiceError) -> Identity {
        guard let claim = try SignatureClaim(request) else {
            // The two services say it in different words.
            let text =
                service == "dynamodb" ? "Request is missing Authentication Token" : "Missing Authentication Token"
            throw ServiceError(.missingAuthenticationToken, text)
        }
        let accessKeyID = claim.accessKeyID
        let key = state.withLock { $0.keys[accessKeyID] }
        let scope = try verifier.verify(
            claim,
            of: request,
            service: service,
            now: SigningTime(millisecondsSinceEpoch: now),
            credentials: { _ in key?.credentials },
            payloadHash: { body.withUnsafeReadableBytes { PayloadHash(of: $0) } }
        )
        // The verifier refused the request if there is no such key.
        guard let key else { throw ServiceError(.accessDenied, "There is no such access key.") }
        return Identity(
            caller: Caller(key, account: account),
            region: scope.region
        )
    }

    private static func byID(_ file: CredentialsFile) -> [String: AccessKey] {
        Dictionary(file.accessKeys.map { ($0.credentials.accessKeyID, $0) }) { first, _ in first }
    }
}
