import NIOCore
import Testing
import WeirAccess
import WeirModel
import WeirSigning

@testable import WeirServer

/// Policies that are attached to queues, where the server asks who calls.
@Suite(.timeLimit(.minutes(2))) struct QueuePolicyTests {
    private static let admin = AccessTests.admin
    private static let guest = Credentials(accessKeyID: "GUEST", secretAccessKey: "0123456789abcdef")
    private static let worker = Credentials(accessKeyID: "WORKER", secretAccessKey: "0123456789abcdef")
    /// The guest has no rights of its own; the worker may do everything to queues.
    private static let file = CredentialsFile(accessKeys: [
        AccessKey(credentials: admin, user: "admin", policy: .everything),
        AccessKey(credentials: guest, user: "guest", policy: AccessPolicy([])),
        AccessKey(
            credentials: worker,
            user: "worker",
            policy: AccessPolicy([.init(effect: .allow, actions: ["kinesis:*"], resources: ["queue/*"])])
        ),
    ])

    private static let token = "0123456789abcdef"

    private func call(
        _ port: Int,
        _ action: String,
        _ body: String,
        by credentials: Credentials = Self.admin
    ) async throws -> RawResponse {
        try await answer(port, signedRequest("Kinesis_20131202.\(action)", body, credentials: credentials))
    }

    /// A server with a queue on a stream.
    private func withQueue(_ body: (_ port: Int, _ queueARN: String) async throws -> Void) async throws {
        var configuration = WeirServer.Configuration.test
        configuration.metricsToken = MetricsToken(Self.token)
        try await withServerFolder { path in
            var arn = ""
            for isFirst in [true, false] {
                // A policy is there after a restart as well.
                let access = AccessControl(Self.file, account: "000000000000")
                try await withRegionalServer(configuration, access: access, path: path) { port in
                    if isFirst {
                        let stream = #"{"StreamName":"s","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#
                        #expect(try await call(port, "CreateStream", stream).status == 200)
                        let streamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
                        let queue = #"{"QueueName":"q","StreamConfigurationList":[{"StreamARN":"\#(streamARN)"}]}"#
                        let made = try await call(port, "CreateQueue", queue).body
                        arn = String(try #require(made.firstMatch(of: /"QueueARN":"([^"]+)"/)).output.1)
                        try await attach(
                            #"[{"Effect":"Allow","Principal":"*","Action":"kinesis:DescribeQueue"}]"#,
                            arn,
                            port
                        )
                    } else {
                        #expect(
                            try await call(port, "DescribeQueue", #"{"QueueARN":"\#(arn)"}"#, by: Self.guest).status
                                == 200
                        )
                        try await body(port, arn)
                    }
                }
            }
        }
    }

    private func attach(_ statements: String, _ queueARN: String, _ port: Int) async throws {
        let policy = #"{"Version":"2012-10-17","Statement":\#(statements)}"#.replacing("\"", with: "\\\"")
            .replacing("\n", with: " ")
        let put = try await call(port, "PutResourcePolicy", #"{"ResourceARN":"\#(queueARN)","Policy":"\#(policy)"}"#)
        #expect(put.status == 200, "\(put.body)")
    }

    /// A valid input of each action on a queue.
    private static func inputs(_ queueARN: String) -> [(action: String, body: String)] {
        let queue = #""QueueARN":"\#(queueARN)""#
        let receive = #"{\#(queue),"WaitTimeSeconds":1}"#
        let receipts = #"{\#(queue),"Entries":[{"ReceiptHandle":"x","VisibilityTimeoutSeconds":1}]}"#
        let policy =
            #"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kinesis:ListTagsForResource\"}]}"#
        return [
            ("DescribeQueue", "{\(queue)}"), ("UpdateQueue", #"{\#(queue),"QueueAttributes":{}}"#),
            ("ReceiveQueueRecords", receive), ("AcknowledgeQueueRecords", receipts),
            ("UpdateQueueRecordsVisibility", receipts), ("ReceiveDeadLetterQueueRecords", receive),
            ("AcknowledgeDeadLetterQueueRecords", receipts), ("UpdateDeadLetterQueueRecordsVisibility", receipts),
            ("RestoreDeadLetterQueueRecords", receipts),
            ("TagResource", #"{"ResourceARN":"\#(queueARN)","Tags":{"a":"b"}}"#),
            ("UntagResource", #"{"ResourceARN":"\#(queueARN)","TagKeys":["a"]}"#),
            ("ListTagsForResource", #"{"ResourceARN":"\#(queueARN)"}"#),
            ("GetResourcePolicy", #"{"ResourceARN":"\#(queueARN)"}"#),
            ("PutResourcePolicy", #"{"ResourceARN":"\#(queueARN)","Policy":"\#(policy)"}"#),
            ("DeleteResourcePolicy", #"{"ResourceARN":"\#(queueARN)"}"#), ("DeleteQueue", "{\(queue)}"),
        ]
    }

    @Test func aPolicyAllowsAndForbidsEveryActionOnAQueue() async throws {
        try await withQueue { port, arn in
            for (action, body) in Self.inputs(arn) {
                // To the guest nothing is allowed but by it, and to the worker everything but for it.
                let guest = #"{"AWS":"arn:aws:iam::000000000000:user/guest"}"#
                let name = "kinesis:\(action)"
                try await attach(
                    #"""
                    [{"Effect":"Allow","Principal":\#(guest),"NotAction":"\#(name)","Resource":"\#(arn)"},
                    {"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::000000000000:user/admin"},"Action":"\#(name)"}]
                    """#,
                    arn,
                    port
                )
                for user in [Self.guest, Self.worker] {
                    let refused = try await call(port, action, body, by: user)
                    #expect(refused.body.contains("AccessDeniedException"), "\(action): \(refused.body)")
                    #expect(
                        refused.body.contains("\(name) on resource: \(arn) with an explicit deny in a resource-based")
                    )
                }
                try await attach(#"[{"Effect":"Allow","Principal":\#(guest),"Action":"\#(name)"}]"#, arn, port)
                let allowed = try await call(port, action, body, by: Self.guest)
                #expect(allowed.status == 200, "\(action): \(allowed.body)")
                if action == "DeleteQueue" { return }
                let other = action == "DescribeQueue" ? "UpdateQueue" : "DescribeQueue"
                let refused = try await call(
                    port,
                    other,
                    #"{"QueueARN":"\#(arn)","QueueAttributes":{}}"#,
                    by: Self.guest
                )
                #expect(refused.body.contains("AccessDeniedException"), "\(other): \(refused.body)")
                #expect(
                    try await call(port, other, #"{"QueueARN":"\#(arn)","QueueAttributes":{}}"#, by: Self.worker).status
                        == 200
                )
            }
        }
    }

    @Test func aConditionIsRefused() async throws {
        try await withQueue { port, arn in
            let statement = #"{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Condition\":{}}"#
            for statements in [statement, "[\(statement)]"] {
                let body = #"{"ResourceARN":"\#(arn)","Policy":"{\"Statement\":\#(statements)}"}"#
                let refused = try await call(port, "PutResourcePolicy", body)
                #expect(refused.status == 400 && refused.body.contains("Condition, which this server does not judge"))
            }
            // The one before is there.
            #expect(try await call(port, "DescribeQueue", #"{"QueueARN":"\#(arn)"}"#, by: Self.guest).status == 200)
        }
    }

    /// Who waits is asked again.
    @Test func aReceiveThatWaitedIsForbiddenByAPolicyThatCameMeanwhile() async throws {
        try await withQueue { port, arn in
            let waiting = try await RawConnection.open(port: port, staysOpen: true)
            let receive = #"{"QueueARN":"\#(arn)","WaitTimeSeconds":20}"#
            try await waiting.send(
                signedRequest("Kinesis_20131202.ReceiveQueueRecords", receive, credentials: Self.worker)
            )
            let bearer = "authorization: Bearer \(Self.token)"
            let page = request(nil, "", method: "GET", path: "/metrics", contentType: nil, headers: [bearer])
            while try await !answer(port, page).body.contains(/weir_queue_waiting_receives\{[^}]*\} 1\n/) {}
            let worker = #"{"AWS":"arn:aws:iam::000000000000:user/worker"}"#
            try await attach(#"[{"Effect":"Deny","Principal":\#(worker),"Action":"kinesis:Receive*"}]"#, arn, port)
            let put = #"{"StreamName":"s","Data":"bGF0ZXI=","PartitionKey":"k"}"#
            #expect(try await call(port, "PutRecord", put).status == 200)
            let refused = try await waiting.response()
            #expect(refused.body.contains("AccessDeniedException") && !refused.body.contains("bGF0ZXI="))
            try await waiting.close()
        }
    }
}
