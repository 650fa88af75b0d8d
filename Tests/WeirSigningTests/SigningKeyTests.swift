import Crypto
import Testing

@testable import WeirSigning

@Suite struct SigningKeyTests {
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

    /// The keys for 20120215 and 20150830 in us-east-1 for iam are printed in the AWS documentation
    /// (f4780e2d… and c4afb1cc…); their signatures of "x" were made with Python's hmac module.
    @Test func isDerivedAsDocumented() {
        let scope = CredentialScope(date: "20150830", region: "us-east-1", service: "iam")
        let key = SigningKey(secretAccessKey: Self.secret, scope: scope)
        #expect(key.hexadecimalForTests == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9")
        #expect(key.signature(of: "x") == "8308ae1d6b6da6a0b33ec660ba35cfd48e7cd000cce6af9f0b17775e8eda9018")

        let older = CredentialScope(date: "20120215", region: "us-east-1", service: "iam")
        #expect(
            SigningKey(secretAccessKey: Self.secret, scope: older).hexadecimalForTests
                == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"
        )
    }

    @Test func cacheGivesTheDerivedKeyAndIsBounded() {
        let cache = SigningKeyCache(maximumCount: 3)
        for day in 1...9 {
            for region in ["a", "b"] {
                let scope = CredentialScope(date: "2026010\(day)", region: region, service: "kinesis")
                let expected = SigningKey(secretAccessKey: Self.secret, scope: scope).signature(of: "text")
                #expect(cache.key(secretAccessKey: Self.secret, scope: scope).signature(of: "text") == expected)
                #expect(cache.key(secretAccessKey: Self.secret, scope: scope).signature(of: "text") == expected)
                #expect(cache.key(secretAccessKey: "other", scope: scope).signature(of: "text") != expected)
                #expect(cache.count <= 3)
            }
        }
    }

    @Test func keepsTheKeysOfTodayWhenOthersGo() {
        let cache = SigningKeyCache(maximumCount: 2)
        func scope(_ date: String, _ region: String) -> CredentialScope {
            CredentialScope(date: date, region: region, service: "kinesis")
        }
        _ = cache.key(secretAccessKey: "s", scope: scope("20260101", "a"))
        _ = cache.key(secretAccessKey: "s", scope: scope("20260102", "a"))
        _ = cache.key(secretAccessKey: "s", scope: scope("20260102", "b"))
        #expect(cache.count == 2)
        _ = cache.key(secretAccessKey: "s", scope: scope("20260102", "c"))
        #expect(cache.count == 1)
    }
}

extension SigningKey {
    fileprivate var hexadecimalForTests: String {
        key.withUnsafeBytes { bytes in
            bytes.map { byte in
                let digits = String(byte, radix: 16)
                return digits.utf8.count == 1 ? "0" + digits : digits
            }.joined()
        }
    }
}
