import NIOCore
import Testing
import WeirModel
import WeirSigning

@testable import WeirAccess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

let credentialsText = """
    {
      "accessKeys": [
        {
          "id": "WEIRPRODUCER",
          "secret": "wJalrXUtnFEMIK7MDENG",
          "user": "producer",
          "policy": {
            "Version": "2012-10-17",
            "Statement": [
              {"Sid": "puts", "Effect": "Allow", "Action": ["kinesis:Put*"], "Resource": ["stream/flights-*"]},
              {"Effect": "Deny", "Action": "kinesis:PutRecord", "Resource": "stream/flights-old"}
            ]
          }
        },
        {
          "id": "WEIRADMIN", "secret": "0123456789abcdef", "sessionToken": "token",
          "policy": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
        }
      ]
    }
    """

@Suite struct CredentialsFileTests {
    private func refusal(_ text: String) -> String? {
        do throws(CredentialsFileError) {
            _ = try CredentialsFile(json: ByteBuffer(string: text), name: "keys.json")
            return nil
        } catch {
            return error.description
        }
    }

    private func key(_ members: String) -> String { #"{"accessKeys": [{\#(members)}]}"# }
    private func policy(_ members: String) -> String {
        key(#""id": "A", "secret": "0123456789abcdef", "policy": {"Statement": [{\#(members)}]}"#)
    }

    @Test func aFileIsRead() throws {
        let file = try CredentialsFile(json: ByteBuffer(string: credentialsText), name: "keys.json")
        try #require(file.accessKeys.count == 2)
        let producer = file.accessKeys[0]
        #expect(
            producer.credentials == Credentials(accessKeyID: "WEIRPRODUCER", secretAccessKey: "wJalrXUtnFEMIK7MDENG")
        )
        #expect(producer.user == "producer")
        #expect(producer.policy.statements.map(\.effect) == [.allow, .deny])
        #expect(producer.policy.decide("kinesis:PutRecords", on: "arn:aws:kinesis:r:1:stream/flights-old") == .allowed)
        #expect(producer.policy.decide("kinesis:PutRecord", on: "arn:aws:kinesis:r:1:stream/flights-old") == .denied)
        let admin = file.accessKeys[1]
        #expect(admin.user == "WEIRADMIN")
        #expect(admin.credentials.sessionToken == "token")
        #expect(admin.policy == .everything)
    }

    @Test(arguments: [
        ("", "keys.json: it is not JSON: "),
        ("{", "keys.json: it is not JSON: "),
        ("[]", "keys.json: must be an object"),
        ("{}", "keys.json: 'accessKeys' is missing"),
        (#"{"accessKeys": []}"#, "keys.json: accessKeys: must hold 1 to 10000 keys"),
        (#"{"accessKeys": {}}"#, "keys.json: accessKeys: must be a list"),
        (#"{"accessKeys": [1]}"#, "keys.json: accessKeys[0]: must be an object"),
        (
            #"{"accesskeys": []}"#, "keys.json: 'accesskeys' is not known here; known are accessKeys"
        ),
        (#"{"accessKeys": [], "accessKeys": []}"#, "keys.json: 'accessKeys' stands here twice"),
    ])
    func aFileOfAnotherFormIsRefused(text: String, reason: String) {
        #expect(refusal(text)?.hasPrefix(reason) == true, "\(refusal(text) ?? "taken")")
    }

    @Test(arguments: [
        (#""secret": "x""#, "keys.json: accessKeys[0]: 'id' is missing"),
        (#""id": "A""#, "keys.json: accessKeys[0]: 'secret' is missing"),
        (#""id": "A", "secret": "0123456789abcdef""#, "keys.json: accessKeys[0]: 'policy' is missing"),
        (#""id": 1, "secret": "0123456789abcdef""#, "keys.json: accessKeys[0]: id: must be a text"),
        (#""id": "a/b", "secret": "0123456789abcdef""#, "keys.json: accessKeys[0]: id: must have 1 to 128 letters,"),
        (#""id": "", "secret": "0123456789abcdef""#, "keys.json: accessKeys[0]: id: must have 1 to 128 letters,"),
        (
            #""id": "A", "secret": "0123456789abcde""#,
            "keys.json: accessKeys[0]: secret: must have at least 16 characters"
        ),
        (
            #""id": "A", "secret": "0123456789abcdef", "sessionToken": "", "policy": {}"#,
            "keys.json: accessKeys[0]: sessionToken: must not be empty"
        ),
        (
            #""id": "A", "secret": "0123456789abcdef", "user": "a b", "policy": {}"#,
            "keys.json: accessKeys[0]: user: must have 1 to 128 letters,"
        ),
        (
            #""id": "A", "secret": "0123456789abcdef", "polices": {}"#,
            "keys.json: accessKeys[0]: 'polices' is not known here"
        ),
        (
            #""id": "A", "secret": "0123456789abcdef", "policy": {}"#,
            "keys.json: accessKeys[0]: policy: 'Statement' is missing"
        ),
        (
            #""id": "A", "secret": "0123456789abcdef", "policy": {"Statement": []}"#,
            "keys.json: accessKeys[0]: policy: Statement: must not be empty"
        ),
        (
            #""id": "A", "secret": "0123456789abcdef", "policy": {"Version": "2020-01-01", "Statement": []}"#,
            "keys.json: accessKeys[0]: policy: Version: must be 2012-10-17"
        ),
    ])
    func aKeyOfAnotherFormIsRefused(members: String, reason: String) {
        #expect(refusal(key(members))?.hasPrefix(reason) == true, "\(refusal(key(members)) ?? "taken")")
    }

    @Test(arguments: [
        (#""Action": "*", "Resource": "*""#, "'Effect' is missing"),
        (#""Effect": "allow", "Action": "*", "Resource": "*""#, "Effect: must be Allow or Deny"),
        (#""Effect": "Allow", "Resource": "*""#, "'Action' is missing"),
        (#""Effect": "Allow", "Action": "*""#, "'Resource' is missing"),
        (#""Effect": "Allow", "Action": [], "Resource": "*""#, "Action: must not be empty"),
        (#""Effect": "Allow", "Action": "PutRecord", "Resource": "*""#, "Action: 'PutRecord' is no action"),
        (#""Effect": "Allow", "Action": ["kinesis:"], "Resource": "*""#, "Action[0]: 'kinesis:' is no action"),
        (#""Effect": "Allow", "Action": "*", "Resource": "flights""#, "Resource: 'flights' is no resource"),
        (#""Effect": "Allow", "Action": "*", "Resource": [1]"#, "Resource[0]: must be a text"),
        // Without its condition the statement would allow more than it says.
        (
            #""Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}"#,
            "'Condition' is not known here; known are Action, Effect, Resource, Sid"
        ),
        (#""Effect": "Allow", "NotAction": "*", "Resource": "*""#, "'NotAction' is not known here"),
    ])
    func aStatementOfAnotherFormIsRefused(members: String, reason: String) {
        let found = refusal(policy(members))
        #expect(
            found?.contains("keys.json: accessKeys[0]: policy: Statement[0]: \(reason)") == true,
            "\(found ?? "taken")"
        )
    }

    @Test func idsAreDifferent() {
        let one = #"{"id": "A", "secret": "0123456789abcdef", "policy": {"Statement": [{"Effect": "Allow", "#
        let key = one + #""Action": "*", "Resource": "*"}]}}"#
        #expect(
            refusal(#"{"accessKeys": [\#(key), \#(key)]}"#)
                == "keys.json: accessKeys[1]: the id A was given to another key before"
        )
    }

    @Test func noErrorTellsASecret() {
        let secret = "very-secret-0123456789"
        for rest in [#""policy": 1"#, #""policy": {"Statement": 1}"#, #""user": 1"#, "\"x\": 1", "\"x\""] {
            let found = refusal(key(#""id": "A", "secret": "\#(secret)", \#(rest)"#))
            #expect(found?.contains(secret) == false)
        }
    }

    // MARK: Files

    private func withFile(_ text: String, mode: mode_t, _ body: (String) throws -> Void) throws {
        var template = Array("/tmp/weir-access-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            close(descriptor)
            unlink(path)
        }
        try #require(write(descriptor, text, text.utf8.count) == text.utf8.count)
        try #require(fchmod(descriptor, mode) == 0)
        try body(path)
    }

    @Test(arguments: [0o600, 0o400, 0o640] as [mode_t]) func aPrivateFileIsRead(mode: mode_t) throws {
        try withFile(credentialsText, mode: mode) { path in
            let file = try CredentialsFile(path: path)
            #expect(file.accessKeys.count == 2)
        }
    }

    @Test(arguments: [0o644, 0o604, 0o602] as [mode_t]) func aFileThatEverybodySeesIsRefused(mode: mode_t) throws {
        try withFile(credentialsText, mode: mode) { path in
            let error = #expect(throws: CredentialsFileError.self) { try CredentialsFile(path: path) }
            #expect(error?.description.hasSuffix("chmod 600 \(path)") == true)
        }
    }

    @Test func aTokenStandsAloneInItsFile() throws {
        let text = "0123456789abcdef"
        for content in [text, text + "\n", text + " \r\n"] {
            try withFile(content, mode: 0o600) { path in
                let token = try MetricsToken(path: path)
                #expect(token.matches(text))
            }
        }
        for content in ["", "\n", "short", text + " " + text] {
            try withFile(content, mode: 0o600) { path in
                let error = #expect(throws: CredentialsFileError.self) { try MetricsToken(path: path) }
                #expect(error?.description.hasPrefix("\(path): a token has 16 to 1024 ") == true)
            }
        }
        try withFile(text, mode: 0o644) { path in
            #expect(throws: CredentialsFileError.self) { try MetricsToken(path: path) }
        }
    }

    @Test func whatIsNoFileIsRefused() throws {
        let absent = #expect(throws: CredentialsFileError.self) { try CredentialsFile(path: "/nowhere/keys") }
        #expect(absent?.description == "/nowhere/keys: it cannot be read: No such file or directory")
        let folder = #expect(throws: CredentialsFileError.self) { try CredentialsFile(path: "/tmp") }
        #expect(folder?.description == "/tmp: it is a folder")
    }

    @Test func theSizeHasALimit() throws {
        let limit = Limits.maximumCredentialsFileSizeInBytes
        let padded = credentialsText + String(repeating: " ", count: limit - credentialsText.utf8.count)
        try withFile(padded, mode: 0o600) { path in
            let file = try CredentialsFile(path: path)
            #expect(file.accessKeys.count == 2)
        }
        try withFile(padded + " ", mode: 0o600) { path in
            let error = #expect(throws: CredentialsFileError.self) { try CredentialsFile(path: path) }
            #expect(error?.description == "\(path): it is longer than \(limit) bytes")
        }
    }
}
