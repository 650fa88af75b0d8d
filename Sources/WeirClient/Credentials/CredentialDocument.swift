import NIOCore
import WeirModel
import WeirSigning
import WeirWire

/// A JSON object with credentials, as container endpoints, the instance metadata service and programs write it.
struct CredentialDocument {
    private let members: WireMap
    private let place: String

    /// Reads an object. Throws `malformedResponse` when the text is none.
    init(_ text: ByteBuffer, from place: String) throws(ServiceError) {
        guard let value = try? WireValue(json: text), case .map(let members) = value else {
            throw ServiceError(.malformedResponse, "What \(place) answered is no JSON object.")
        }
        self.members = members
        self.place = place
    }

    /// The text of a member; nil when there is none.
    func text(_ name: String) -> String? {
        guard case .string(let text)? = members[name], !text.isEmpty else { return nil }
        return text
    }

    /// The whole number of a member; nil when there is none.
    func integer(_ name: String) -> Int64? {
        guard case .integer(let number)? = members[name] else { return nil }
        return number
    }

    /// The credentials. Throws `malformedResponse` when a part is missing or is not what it should be.
    ///
    /// - Parameters:
    ///   - tokenName: What the session token is called.
    ///   - givenAt: When they were given, by the clock of whoever gave them.
    func credentials(tokenName: String, givenAt: Timestamp) throws(ServiceError) -> TemporaryCredentials {
        guard let accessKeyID = text("AccessKeyId") else { throw missing("AccessKeyId") }
        guard let secretAccessKey = text("SecretAccessKey") else { throw missing("SecretAccessKey") }
        var expiration: Timestamp?
        if let text = text("Expiration") {
            expiration = Timestamp(iso8601Time: text)
            guard expiration != nil else {
                throw ServiceError(.malformedResponse, "What \(place) answered has an Expiration that is no time.")
            }
        }
        return TemporaryCredentials(
            credentials: Credentials(
                accessKeyID: accessKeyID,
                secretAccessKey: secretAccessKey,
                sessionToken: text(tokenName)
            ),
            expiration: expiration,
            givenAt: givenAt
        )
    }

    private func missing(_ name: String) -> ServiceError {
        ServiceError(.malformedResponse, "What \(place) answered has no \(name).")
    }
}
