import Testing
import WeirTLSFixtures

@testable import WeirServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct ServerCertificateTests {
    private struct Files {
        let certificate: String
        let key: String

        func read() throws { _ = try ServerCertificate(certificatePath: certificate, keyPath: key) }
    }

    private func withFiles(_ body: (Files) throws -> Void) async throws {
        try await withServerFolder { folder in
            let files = Files(certificate: "\(folder)/chain.pem", key: "\(folder)/key.pem")
            try TestCertificate().write(certificate: files.certificate, key: files.key)
            try body(files)
        }
    }

    private func refusal(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch let error as ServerError {
            #expect(error.code == .unusableCertificate)
            return error.message
        } catch {
            return "\(error)"
        }
    }

    @Test func aCertificateWithItsKeyIsTaken() async throws {
        try await withFiles { files in try files.read() }
    }

    @Test func aKeyThatOthersMayReadIsRefused() async throws {
        try await withFiles { files in
            #expect(chmod(files.key, 0o644) == 0)
            #expect(refusal { try files.read() }.hasSuffix("chmod 600 \(files.key)"))
            #expect(chmod(files.key, 0o640) == 0)
            try files.read()
        }
    }

    @Test func theKeyOfAnotherCertificateIsRefused() async throws {
        try await withFiles { files in
            try TestCertificate().write(certificate: files.certificate + ".other", key: files.key)
            #expect(refusal { try files.read() }.contains("it is not the key of the first certificate"))
        }
    }

    @Test func filesThatHoldSomethingElseAreRefused() async throws {
        try await withFiles { files in
            // Each file in the place of the other.
            #expect(chmod(files.certificate, 0o600) == 0)
            let exchanged = Files(certificate: files.key, key: files.certificate)
            #expect(refusal { try exchanged.read() }.contains("\(files.key): "))
            let noKey = Files(certificate: files.certificate, key: files.certificate)
            #expect(refusal { try noKey.read() }.contains("it holds no private key in PEM"))
        }
    }

    @Test func filesThatAreNotThereAreRefused() async throws {
        try await withFiles { files in
            let noKey = Files(certificate: files.certificate, key: files.key + ".none")
            #expect(refusal { try noKey.read() }.contains("No such file"))
            let noCertificate = Files(certificate: files.certificate + ".none", key: files.key)
            #expect(refusal { try noCertificate.read() }.contains("no certificate can be read"))
        }
    }
}
