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
    private let keys: Mutex<[String: AccessKey]>

    /// Judges by the keys of a file.
    ///
    /// - Parameters:
    ///   - file: The keys.
    ///   - account: The account of the users: twelve digits.
    public init(_ file: CredentialsFile, account: String) {
        self.account = account
        keys = Mutex(Self.byID(file))
    }

    /// Judges by the keys of another file from now on.
    public func replaceKeys(by file: CredentialsFile) {
        let replacement = Self.byID(file)
        keys.withLock { $0 = replacement }
    }

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
        let key = keys.withLock { $0[accessKeyID] }
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
            caller: Caller(user: key.user, account: account, policy: key.policy),
            region: scope.region
        )
    }

    private static func byID(_ file: CredentialsFile) -> [String: AccessKey] {
        Dictionary(file.accessKeys.map { ($0.credentials.accessKeyID, $0) }) { first, _ in first }
    }
}
