import Crypto
import NIOCore
import SystemPackage
import WeirBytes
import WeirModel

/// A self-signed certificate of this machine, made when a test asks for one: it certifies itself, and nobody else trusts it.
public struct TestCertificate: Sendable {
    /// The certificate in PEM.
    public let certificatePEM: String
    /// Its private key in PEM.
    public let keyPEM: String

    /// A certificate for a host name and an address, good from yesterday to tomorrow.
    ///
    /// - Parameters:
    ///   - name: The common name, and the host name.
    ///   - address: The bytes of the address; nil for none.
    public init(name: String = "localhost", address: [UInt8]? = [127, 0, 0, 1], at milliseconds: Int64) throws {
        let key = P256.Signing.PrivateKey()
        let body = Self.body(name, address, milliseconds, publicKey: Array(key.publicKey.derRepresentation))
        let signature = Array(try key.signature(for: body).derRepresentation)
        let certificate = DER.sequence(body, DER.ecdsaWithSHA256, DER.bitString(signature))
        certificatePEM = Self.pem(certificate)
        keyPEM = key.pemRepresentation + "\n"
    }

    /// Writes the certificate and its key to files, the key's readable for its owner alone.
    public func write(certificate: String, key: String) throws {
        try Self.write(certificatePEM, to: certificate)
        try Self.write(keyPEM, to: key)
    }

    private static func write(_ text: String, to path: String) throws {
        let file = try FileDescriptor.open(
            FilePath(path),
            .writeOnly,
            options: [.create, .truncate],
            permissions: .ownerReadWrite
        )
        try file.closeAfter { _ = try file.writeAll(Array(text.utf8)) }
    }

    /// The part that is signed (RFC 5280, section 4.1).
    private static func body(
        _ name: String,
        _ address: [UInt8]?,
        _ milliseconds: Int64,
        publicKey: [UInt8]
    ) -> [UInt8] {
        let day: Int64 = 86_400_000
        let fullName = DER.sequence(DER.set(DER.sequence(DER.commonName, DER.text(name))))
        let names = DER.value(0x82, Array(name.utf8)) + (address.map { DER.value(0x87, $0) } ?? [])
        let extensions = DER.sequence(
            DER.sequence(DER.subjectAlternativeName, DER.value(0x04, DER.sequence(names))),
            // An authority, so that it may certify itself.
            DER.sequence(DER.basicConstraints, DER.true, DER.value(0x04, DER.sequence(DER.true)))
        )
        return DER.sequence(
            DER.value(0xA0, DER.value(0x02, [2])),
            DER.value(0x02, [1] + (0..<8).map { _ in UInt8.random(in: 0...255) }),
            DER.ecdsaWithSHA256,
            fullName,
            DER.sequence(DER.time(milliseconds - day), DER.time(milliseconds + day)),
            fullName,
            publicKey,
            DER.value(0xA3, extensions)
        )
    }

    private static func pem(_ bytes: [UInt8]) -> String {
        var text = "-----BEGIN CERTIFICATE-----\n"
        var rest = Substring(Base64.encode(bytes))
        while !rest.isEmpty {
            text += rest.prefix(64) + "\n"
            rest = rest.dropFirst(64)
        }
        return text + "-----END CERTIFICATE-----\n"
    }
}

/// As much of DER as a certificate needs (ITU-T X.690).
enum DER {
    static let ecdsaWithSHA256 = sequence([0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02])
    static let commonName: [UInt8] = [0x06, 0x03, 0x55, 0x04, 0x03]
    static let subjectAlternativeName: [UInt8] = [0x06, 0x03, 0x55, 0x1D, 0x11]
    static let basicConstraints: [UInt8] = [0x06, 0x03, 0x55, 0x1D, 0x13]
    static let `true`: [UInt8] = [0x01, 0x01, 0xFF]

    static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        if count < 0x80 { return [tag, UInt8(count)] + content }
        if count < 0x100 { return [tag, 0x81, UInt8(count)] + content }
        return [tag, 0x82, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)] + content
    }

    static func sequence(_ parts: [UInt8]...) -> [UInt8] { value(0x30, parts.flatMap(\.self)) }
    static func set(_ content: [UInt8]) -> [UInt8] { value(0x31, content) }
    static func text(_ text: String) -> [UInt8] { value(0x0C, Array(text.utf8)) }
    static func bitString(_ content: [UInt8]) -> [UInt8] { value(0x03, [0] + content) }

    /// A time in the form `YYMMDDhhmmssZ`.
    static func time(_ milliseconds: Int64) -> [UInt8] {
        let date = CivilDate(millisecondsSinceEpoch: milliseconds)
        let parts = [date.year % 100, date.month, date.day, date.hour, date.minute, date.second]
        let digits = parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined()
        return value(0x17, Array("\(digits)Z".utf8))
    }
}
