import NIOCore
import WeirModel
import WeirSigning
import WeirWire

/// The access keys of a server, from a file in JSON: see `docs/formats/credentials.md`.
///
/// ```json
/// {
///   "accessKeys": [
///     {
///       "id": "WEIRPRODUCER",
///       "secret": "wJalrXUtnFEMI/K7MDENG+bPxRfiCY",
///       "user": "producer",
///       "policy": {
///         "Statement": [
///           {"Effect": "Allow", "Action": "kinesis:Put*", "Resource": "stream/flights-*"}
///         ]
///       }
///     }
///   ]
/// }
/// ```
///
/// A member that is not known is refused, so that no slip opens a door.
public struct CredentialsFile: Hashable, Sendable {
    /// The keys, in the order of the file; their IDs are different.
    public let accessKeys: [AccessKey]

    /// Keys without a file.
    public init(accessKeys: [AccessKey]) { self.accessKeys = accessKeys }

    /// Reads the text of a file.
    ///
    /// - Parameters:
    ///   - json: The text.
    ///   - name: What the errors call the file.
    public init(json: ByteBuffer, name: String) throws(CredentialsFileError) {
        let root: WireValue
        do {
            root = try WireValue(json: json)
        } catch {
            throw CredentialsFileError("\(name): it is not JSON: \(error)")
        }
        let file = try PolicyNode(root, path: name).map(allowing: ["accessKeys"])
        let keys = try file.required("accessKeys")
        let list = try keys.array()
        guard (1...Limits.maximumAccessKeyCount).contains(list.count) else {
            throw keys.refusal("must hold 1 to \(Limits.maximumAccessKeyCount) keys")
        }
        var seen: Set<String> = []
        var accessKeys: [AccessKey] = []
        for node in list {
            let key = try AccessKey(node)
            guard seen.insert(key.credentials.accessKeyID).inserted else {
                throw node.refusal("the id \(key.credentials.accessKeyID) was given to another key before")
            }
            accessKeys.append(key)
        }
        self.accessKeys = accessKeys
    }
}

extension AccessKey {
    /// One element of `accessKeys`.
    fileprivate init(_ node: PolicyNode) throws(CredentialsFileError) {
        let map = try node.map(allowing: ["id", "secret", "sessionToken", "user", "policy"])
        let id = try map.required("id")
        let secret = try map.required("secret")
        let secretText = try secret.string()
        guard secretText.count >= Limits.minimumSecretAccessKeyLength else {
            throw secret.refusal("must have at least \(Limits.minimumSecretAccessKeyLength) characters")
        }
        let token = map.optional("sessionToken")
        let tokenText = try token?.string()
        if let token, tokenText?.isEmpty ?? true { throw token.refusal("must not be empty; leave it out") }
        let accessKeyID = try Self.name(id)
        self.init(
            credentials: Credentials(
                accessKeyID: accessKeyID,
                secretAccessKey: secretText,
                sessionToken: tokenText
            ),
            user: try map.optional("user").map(Self.name) ?? accessKeyID,
            policy: try AccessPolicy(try map.required("policy"))
        )
    }

    /// A name that can stand in a credential and in an ARN.
    private static func name(_ node: PolicyNode) throws(CredentialsFileError) -> String {
        let text = try node.string()
        let isAllowed = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "_.@-".utf8.contains(byte)
            }
        }
        guard isAllowed, (1...Limits.maximumAccessKeyIDLength).contains(text.utf8.count) else {
            throw node.refusal(
                "must have 1 to \(Limits.maximumAccessKeyIDLength) letters, digits and characters of _.@-"
            )
        }
        return text
    }
}
