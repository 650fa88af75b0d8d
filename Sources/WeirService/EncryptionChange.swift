import WeirModel
import WeirWire

/// The rules for a request to start or stop the encryption of a stream.
enum EncryptionChange {
    /// Throws what is wrong with the members.
    static func validate(_ request: StreamEncryptionInput) throws(ServiceError) {
        var validator = Validator()
        validator.stream(request.streamName, request.streamARN, request.streamID)
        validator.require("encryptionType", request.encryptionType != nil)
        validator.choice("encryptionType", request.encryptionType, of: ["NONE", "KMS"])
        validator.require("keyId", request.keyID != nil)
        validator.text("keyId", request.keyID, length: 1...Limits.maximumKeyIDLength)
        try validator.finish()
        guard request.encryptionType == "KMS" else {
            throw ServiceError(.invalidArgument, "KMS is the only valid EncryptionType for this request")
        }
        try validate(keyID: request.keyID ?? "")
    }

    /// A key is named by its ID, by `alias/` and a name, or by the ARN of one of both.
    ///
    /// Source: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
    private static func validate(keyID: String) throws(ServiceError) {
        if keyID.hasPrefix("arn:") {
            let parts = keyID.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            guard parts.count == 6, parts[1].hasPrefix("aws"), parts[2] == "kms", !parts[3].isEmpty,
                parts[4].utf8.count == 12, parts[4].utf8.allSatisfy(isDigit), isResource(parts[5])
            else { throw ServiceError(.invalidArgument, "Received KeyId ARN is not a properly formatted ARN") }
            return
        }
        guard isAlias(keyID[...]) || isKey(keyID[...]) else {
            throw ServiceError(.invalidArgument, "Received KeyId is not a properly formatted Alias or GUID")
        }
    }

    private static func isResource(_ text: Substring) -> Bool {
        isAlias(text) || (text.hasPrefix("key/") && isKey(text.dropFirst("key/".count)))
    }

    private static func isAlias(_ text: Substring) -> Bool {
        guard text.hasPrefix("alias/") else { return false }
        let name = text.dropFirst("alias/".count)
        return !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2F, 0x5F: true
                default: false
                }
            }
    }

    /// A GUID, or `mrk-` and 32 hexadecimal digits: a key of several regions.
    private static func isKey(_ text: Substring) -> Bool {
        if text.hasPrefix("mrk-") { return text.utf8.count == 36 && text.dropFirst(4).utf8.allSatisfy(isHexadecimal) }
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12] && groups.allSatisfy { $0.utf8.allSatisfy(isHexadecimal) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
