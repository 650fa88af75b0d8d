import Testing
import WeirModel
import WeirTestTools

@testable import WeirSigning

/// Signed requests that were changed on the way, and requests of noise: the verifier refuses each with one of its errors,
/// and never takes one that is not what was signed.
@Suite struct SignatureMutationTests {
    static let codes: Set<ServiceError.Code> = [.invalidSignature, .incompleteSignature, .unrecognizedClient]

    @Test(arguments: signatureVectors.indices) func aChangedRequestIsRefused(index: Int) throws {
        var generator = SeededGenerator(seed: UInt64(index) + 1)
        let vector = signatureVectors[index]
        let original = try #require(try SignatureClaim(vector.request))
        let canonical = Form(vector, original)
        var taken = 0
        for _ in 0..<400 {
            var changed = vector
            for _ in 0..<Int.random(in: 1...2, using: &generator) { change(&changed, &generator) }
            do throws(ServiceError) {
                guard try changed.verify() != nil, let claim = try SignatureClaim(changed.request) else { continue }
                // What is taken must be what was signed, but for parts that a signature does not cover.
                taken += 1
                #expect(Form(changed, claim) == canonical)
            } catch {
                #expect(Self.codes.contains(error.code), "\(error)")
            }
        }
        #expect(taken < 300)
    }

    @Test func noiseIsRefused() {
        var generator = SeededGenerator(seed: 99)
        let words = [
            "AWS4-HMAC-SHA256", "Credential=", "SignedHeaders=", "Signature=", "X-Amz-Algorithm=", "X-Amz-Credential=",
            "X-Amz-Signature=", "X-Amz-SignedHeaders=", "X-Amz-Date=", "X-Amz-Expires=", "host", "/", ";", ",", " ",
            "&",
            "=", "%", "%4", "%41", "\u{0}", "é", "20260228T235959Z", "a/20260228/us-east-1/kinesis/aws4_request",
        ]
        for _ in 0..<4000 {
            func text() -> String {
                (0..<Int.random(in: 0...12, using: &generator))
                    .map { _ in words.randomElement(using: &generator) ?? "" }
                    .joined()
            }
            let vector = SignatureVector(
                name: "noise",
                service: "kinesis",
                method: text(),
                path: text(),
                query: text(),
                headers: [("authorization", text()), ("x-amz-date", text()), (text(), text())]
                    .filter { _ in Bool.random(using: &generator) },
                body: text(),
                sessionToken: nil
            )
            do throws(ServiceError) {
                let scope = try vector.verify()
                #expect(scope == nil)
            } catch {
                #expect(Self.codes.contains(error.code), "\(error)")
            }
        }
    }

    /// What a signature covers of a request.
    private struct Form: Equatable {
        var method: String
        var path: String
        var query: String
        var headers: [String]
        var body: [UInt8]
        var dateTime: String

        init(_ vector: SignatureVector, _ claim: SignatureClaim) {
            method = vector.request.method
            path = CanonicalRequest.path(vector.request.path)
            query = CanonicalRequest.query(vector.request.query)
            headers = Set(claim.signedHeaders).sorted().map { name in
                let values = vector.request.headers.filter { $0.name.lowercased() == name }.map(\.value)
                return name + values.map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: ",")
            }
            body = vector.request.header("x-amz-content-sha256") == "UNSIGNED-PAYLOAD" ? [] : vector.body
            dateTime = claim.dateTime
        }
    }

    private func change(_ vector: inout SignatureVector, _ generator: inout SeededGenerator) {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: vector.request.path = changed(vector.request.path, &generator)
        case 1: vector.request.query = changed(vector.request.query, &generator)
        case 2: vector.body = Array(changed(String(decoding: vector.body, as: UTF8.self), &generator).utf8)
        case 3:
            let place = Int.random(in: 0..<vector.request.headers.count, using: &generator)
            vector.request.headers[place].value = changed(vector.request.headers[place].value, &generator)
        case 4:
            let place = Int.random(in: 0..<vector.request.headers.count, using: &generator)
            vector.request.headers[place].name = changed(vector.request.headers[place].name, &generator)
        default:
            let header = vector.request.headers[Int.random(in: 0..<vector.request.headers.count, using: &generator)]
            vector.request.headers.append((header.name, changed(header.value, &generator)))
        }
    }

    private func changed(_ text: String, _ generator: inout SeededGenerator) -> String {
        var bytes = Array(text.utf8)
        let replacements = Array("aZ09/;=&%,. +-_~?\u{0}\u{7F}".utf8)
        let place = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &generator)
        let byte = replacements.randomElement(using: &generator) ?? 0
        switch Int.random(in: 0..<4, using: &generator) {
        case 0 where !bytes.isEmpty: bytes[place] = byte
        case 1 where !bytes.isEmpty: bytes.remove(at: place)
        case 2 where !bytes.isEmpty: bytes.removeSubrange(place...)
        default: bytes.insert(byte, at: place)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
