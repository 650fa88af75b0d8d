import NIOCore
import Synchronization
import Testing
import WeirModel
import WeirTables
import WeirWire

/// A caller who may do nothing, or everything, and remembers what was asked.
private final class TestCaller: ActionCaller {
    let arn = "arn:aws:iam::000000000000:user/test"
    private let isAllowed: Bool
    private let asked = Mutex<[String]>([])

    init(isAllowed: Bool) { self.isAllowed = isAllowed }

    var questions: [String] { asked.withLock(\.self) }

    func authorize(_ action: String, on resource: String, resourcePolicy: String?) throws(ServiceError) {
        asked.withLock { $0.append("\(action) \(resource)") }
        guard isAllowed else { throw ServiceError(.accessDenied, "\(action) on \(resource)") }
    }
}

@Suite struct TableAuthorizationTests {
    private static let arn = "arn:aws:dynamodb:us-east-1:000000000000:table"
    private static let requests: [(action: String, body: String)] = [
        (
            "CreateTable",
            #"""
            {"TableName":"leases","AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],
            "KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"}
            """#
        ),
        ("DeleteItem", #"{"TableName":"leases","Key":{"k":{"S":"a"}}}"#),
        ("DeleteTable", #"{"TableName":"leases"}"#),
        ("DescribeTable", #"{"TableName":"\#(arn)/leases"}"#),
        ("GetItem", #"{"TableName":"leases","Key":{"k":{"S":"a"}}}"#),
        ("PutItem", #"{"TableName":"leases","Item":{"k":{"S":"a"}}}"#),
        ("Scan", #"{"TableName":"leases"}"#),
        ("UpdateItem", #"{"TableName":"leases","Key":{"k":{"S":"a"}}}"#),
        (
            "Query",
            #"""
            {"TableName":"leases","KeyConditionExpression":"k = :a","ExpressionAttributeValues":{":a":{"S":"a"}}}
            """#
        ),
        ("BatchGetItem", #"{"RequestItems":{"leases":{"Keys":[{"k":{"S":"a"}}]}}}"#),
        ("BatchWriteItem", #"{"RequestItems":{"leases":[{"DeleteRequest":{"Key":{"k":{"S":"a"}}}}]}}"#),
        ("TransactGetItems", #"{"TransactItems":[{"Get":{"TableName":"leases","Key":{"k":{"S":"a"}}}}]}"#),
        ("TransactWriteItems", #"{"TransactItems":[{"Delete":{"TableName":"leases","Key":{"k":{"S":"a"}}}}]}"#),
        ("DescribeTimeToLive", #"{"TableName":"leases"}"#),
        ("DescribeContinuousBackups", #"{"TableName":"leases"}"#),
        ("TagResource", #"{"ResourceArn":"\#(arn)/leases","Tags":[{"Key":"a","Value":"b"}]}"#),
        ("UntagResource", #"{"ResourceArn":"\#(arn)/leases","TagKeys":["a"]}"#),
        ("WatchTable", #"{"TableName":"\#(arn)/leases"}"#),
        ("ListTagsOfResource", #"{"ResourceArn":"\#(arn)/leases"}"#),
    ]

    @Test(arguments: requests.indices) func everyActionAsksForItsTable(index: Int) async throws {
        let (action, body) = Self.requests[index]
        try await withTables { tables in
            if action != "CreateTable" { try await tables.createTable() }
            let nobody = TestCaller(isAllowed: false)
            #expect(await tables.refusal(action, body, caller: nobody)?.code == .accessDenied)
            #expect(nobody.questions == ["dynamodb:\(action) \(Self.arn)/leases"])
            let admin = TestCaller(isAllowed: true)
            #expect(await tables.refusal(action, body, caller: admin) == nil)
            #expect(admin.questions == ["dynamodb:\(action) \(Self.arn)/leases"])
        }
    }

    @Test func listingAsksForAllTables() async throws {
        try await withTables { tables in
            let nobody = TestCaller(isAllowed: false)
            #expect(await tables.refusal("ListTables", "{}", caller: nobody)?.code == .accessDenied)
            #expect(nobody.questions == ["dynamodb:ListTables \(Self.arn)/*"])
        }
    }
}
