import NIOCore
import NIOHTTP1
import Synchronization

@testable import WeirClient

/// What gives credentials on AWS, on one port: the instance metadata service, a container's endpoint, the Security
/// Token Service. Each names its keys for itself.
final class FakeAWS: Sendable {
    private let down = Mutex(false)
    /// When credentials expire.
    let expiration: String

    init(expiration: String = "2126-01-01T00:00:00Z") { self.expiration = expiration }

    /// From now on nobody answers.
    func goDown() { down.withLock { $0 = true } }

    func reply(_ request: ReceivedRequest) -> Reply {
        if down.withLock(\.self) { return .close }
        let path = String(request.head.uri.prefix { $0 != "?" })
        switch (request.head.method, path) {
        case (.PUT, "/latest/api/token"):
            let seconds = request.header("x-aws-ec2-metadata-token-ttl-seconds")
            return .answer(status: seconds == "21600" ? 200 : 400, body: "imds-token")
        case (.GET, let path) where path.hasPrefix("/latest/"):
            guard request.header("x-aws-ec2-metadata-token") == "imds-token" else {
                return .answer(status: 401, body: "")
            }
            return instance(path)
        case (.GET, "/container"):
            return .answer(status: 200, body: document("CONTAINER", code: ""))
        case (.GET, "/pod"):
            guard request.header("authorization") == "pod-token" else {
                return .answer(status: 401, body: #"{"message":"who are you?"}"#)
            }
            return .answer(status: 200, body: document("POD", code: ""))
        case (.POST, "/"):
            return token(String(buffer: request.body), authorization: request.header("authorization"))
        default:
            return .answer(status: 404, body: "")
        }
    }

    private func instance(_ path: String) -> Reply {
        switch path {
        case "/latest/meta-data/iam/security-credentials/": .answer(status: 200, body: "the-role")
        case "/latest/meta-data/iam/security-credentials/the-role":
            .answer(status: 200, body: document("INSTANCE", code: #""Code":"Success","#))
        default: .answer(status: 404, body: "")
        }
    }

    private func document(_ name: String, code: String) -> String {
        """
        {\(code)"AccessKeyId":"\(name)","SecretAccessKey":"secret","Token":"token","Expiration":"\(expiration)"}
        """
    }

    /// A role that is called `denied` is denied; any other names the key, with what it was assumed with.
    private func token(_ form: String, authorization: String?) -> Reply {
        var parameters: [Substring: Substring] = [:]
        for pair in form.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            parameters[parts[0]] = parts[1]
        }
        let role = parameters["RoleArn"]?.split(separator: "%2F").last ?? ""
        guard role != "denied", let action = parameters["Action"] else {
            return .answer(
                status: 403,
                body: """
                    <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>\
                    <Code>AccessDenied</Code><Message>not &quot;you&quot;</Message></Error><RequestId>r</RequestId>\
                    </ErrorResponse>
                    """
            )
        }
        let caller =
            authorization?.split(separator: "Credential=").last?.prefix { $0 != "/" } ?? parameters["WebIdentityToken"]
            ?? ""
        return .answer(
            status: 200,
            body: """
                <\(action)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><\(action)Result>
                <AssumedRoleUser><AssumedRoleId>id</AssumedRoleId>
                <Arn>arn:aws:sts::123456789012:assumed-role/\(role)/name</Arn></AssumedRoleUser>
                <Credentials><AccessKeyId>\(role)-by-\(caller)</AccessKeyId>
                <SecretAccessKey>a&amp;b</SecretAccessKey><SessionToken>token</SessionToken>
                <Expiration>\(expiration)</Expiration></Credentials></\(action)Result>
                <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></\(action)Response>
                """
        )
    }
}
