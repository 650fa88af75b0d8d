import NIOCore
import Testing
import WeirModel

@Suite struct ValidatorTests {
    private func message(_ check: (inout Validator) -> Void) -> String? {
        var validator = Validator()
        check(&validator)
        do throws(ServiceError) {
            try validator.finish()
            return nil
        } catch {
            #expect(error.code == .validation)
            return error.message
        }
    }

    @Test func whatIsRightPasses() {
        #expect(
            message { validator in
                validator.require("a", true)
                validator.text("a", nil, pattern: .name, length: 1...2)
                validator.text("a", "ab", pattern: .name, length: 1...2)
                validator.number("a", nil, 1...2)
                validator.number("a", 2, 1...2)
                validator.count("a", nil, 1...2)
                validator.count("a", 2, 1...2)
                validator.choice("a", nil, of: ["x"])
                validator.choice("a", "x", of: ["x"])
                validator.blob("a", ByteBuffer(string: "abc"), maximumBytes: 3)
            } == nil
        )
    }

    @Test func errorsAreListedInOrder() {
        let text = message { validator in
            validator.text("first", "!", pattern: .name)
            validator.number("second", 0, atLeast: 1)
        }
        #expect(
            text == """
                2 validation errors detected: Value '!' at 'first' failed to satisfy constraint: Member must satisfy \
                regular expression pattern: [a-zA-Z0-9_.-]+; Value '0' at 'second' failed to satisfy constraint: \
                Member must have value greater than or equal to 1
                """
        )
    }

    @Test func lengthsAreCountedInUnicodeScalars() {
        #expect(message { $0.text("a", "🐟🐟", length: 2...2) } == nil)
        #expect(message { $0.text("a", "🐟", length: 2...2) } != nil)
        #expect(message { $0.text("a", "🐟🐟🐟", length: 2...2) } != nil)
        #expect(message { $0.text("a", "", length: 1...2) } != nil)
    }

    @Test func longValuesAreCutShortInTheMessage() {
        let text = message { $0.text("a", String(repeating: "x", count: 1 << 20), length: 1...2) }
        #expect((text?.utf8.count ?? 0) < 3000)
    }

    @Test func noMoreErrorsThanAWSReportsAreListed() {
        let text = message { validator in
            for _ in 0..<50 { validator.require("a", false) }
        }
        #expect(text?.hasPrefix("\(Validator.maximumErrors) validation errors detected") == true)
    }

    @Test(arguments: [
        ("0", true), ("1", true), ("10", true), (String(repeating: "9", count: 39), true),
        (String(repeating: "9", count: 40), false), ("01", false), ("", false), ("-1", false), ("1a", false),
    ])
    func hashKeysAreDecimal(text: String, isValid: Bool) {
        #expect(TextPattern.hashKey.matches(text) == isValid)
    }

    @Test(arguments: [("a", true), ("A-z_0.9", true), ("", false), ("a b", false), ("é", false), ("a/b", false)])
    func namesHaveLettersDigitsAndSomeSigns(text: String, isValid: Bool) {
        #expect(TextPattern.name.matches(text) == isValid)
    }

    @Test(arguments: [
        "arn:aws:kinesis:us-east-1:000000000000:stream/s", "arn:aws-cn:kinesis:cn-north-1:123456789012:stream/a.b-c_d",
    ])
    func streamARNsAreRead(text: String) throws {
        let arn = try #require(StreamARN(text))
        #expect(arn.description == text)
    }

    @Test(arguments: [
        "", "s", "arn:aws:s3:::bucket", "arn:aws:kinesis:us-east-1:12345:stream/s",
        "arn:aws:kinesis:us-east-1:000000000000:stream/", "arn:aws:kinesis:us-east-1:000000000000:stream/a b",
        "arn:aws:kinesis:us-east-1:00000000000x:stream/s", "arn:aws:kinesis:us-east-1:000000000000:queue/s",
    ])
    func otherTextsAreNoStreamARNs(text: String) { #expect(StreamARN(text) == nil) }
}
