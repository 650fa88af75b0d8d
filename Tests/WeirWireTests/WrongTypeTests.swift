import NIOCore
import Testing
import WeirModel

@testable import WeirWire

/// The texts of the service for members of a wrong type.
@Suite struct WrongTypeTests {
    private static let list = "Start of list found where not expected"
    private static let map = "Start of structure or map found where not expected."
    private static let number = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to"

    static let texts: [(kind: String, value: String, text: String)] = [
        ("Boolean", #""23""#, "'23' can not be converted to an Boolean"),
        ("Boolean", #""hello""#, "'HELLO' can not be converted to an Boolean"),
        ("Boolean", "23", "\(number) an Boolean"), ("Boolean", "-2147483648", "\(number) an Boolean"),
        ("Boolean", "[]", list), ("Boolean", "{}", map),
        ("String", "true", "class java.lang.Boolean can not be converted to an String"),
        ("String", "23", "\(number) an String"), ("String", "34.56", "\(number) an String"),
        ("String", "2147483648", "\(number) an String"), ("String", "[]", list), ("String", "{}", map),
        ("Integer", #""23""#, "class java.lang.String can not be converted to an Integer"),
        ("Integer", "true", "class java.lang.Boolean can not be converted to an Integer"),
        ("Integer", "[]", list), ("Integer", "{}", map),
        ("Blob", "true", "class java.lang.Boolean can not be converted to a Blob"),
        ("Blob", "23", "\(number) a Blob"), ("Blob", "34.56", "\(number) a Blob"), ("Blob", "[]", list),
        ("Blob", "{}", map),
        (
            "Blob", #""23456""#,
            "'23456' can not be converted to a Blob: "
                + "Base64 encoded length is expected a multiple of 4 bytes but found: 5"
        ),
        ("Blob", #""=+/=""#, "'=+/=' can not be converted to a Blob: Invalid Base64 character: '='"),
        ("Blob", #""abc-""#, "'abc-' can not be converted to a Blob: Invalid Base64 character: '-'"),
        ("Blob", #""éab""#, "'éab' can not be converted to a Blob: Invalid Base64 character: 'é'"),
        ("Blob", #""\u0000abc""#, "'\u{0}abc' can not be converted to a Blob: Invalid Base64 character: '\u{0}'"),
        ("Blob", #""+\/+=""#, "'+/+=' can not be converted to a Blob: Invalid last non-pad Base64 character dectected"),
        ("Timestamp", "true", "class java.lang.Boolean can not be converted to milliseconds since epoch"),
        ("Timestamp", #""2020""#, "class java.lang.String can not be converted to milliseconds since epoch"),
        ("Timestamp", "[]", list), ("Timestamp", "{}", map),
        ("List", #""23""#, "Expected list or null"), ("List", "true", "Expected list or null"),
        ("List", "23", "Expected list or null"), ("List", "34.56", "Expected list or null"), ("List", "{}", map),
        ("Map", #""23""#, "Expected map or null"), ("Map", "true", "Expected map or null"),
        ("Map", "23", "Expected map or null"), ("Map", "[]", list),
        ("Structure", #""23""#, "Expected null"), ("Structure", "true", "Expected null"),
        ("Structure", "23", "Expected null"), ("Structure", "[]", list),
    ]

    /// Members of each kind: where the value goes is `@`. Those of the data plane have readers of their own.
    static let members: [String: [(any WireMessage.Type, String)]] = [
        "Boolean": [(DeleteStream.Request.self, #"{"EnforceConsumerDeletion":@}"#)],
        "String": [
            (DescribeStream.Request.self, #"{"StreamName":@}"#), (AddTagsToStream.Request.self, #"{"Tags":{"a":@}}"#),
            (RemoveTagsFromStream.Request.self, #"{"TagKeys":["a",@]}"#),
            (PutRecord.Request.self, #"{"PartitionKey":@}"#),
            (PutRecord.Request.self, #"{"SequenceNumberForOrdering":@}"#),
            (GetRecords.Request.self, #"{"ShardIterator":@}"#),
            (PutRecords.Request.self, #"{"Records":[{"Data":"","ExplicitHashKey":@}]}"#),
        ],
        "Integer": [(DescribeStream.Request.self, #"{"Limit":@}"#), (GetRecords.Request.self, #"{"Limit":@}"#)],
        "Blob": [
            (PutRecord.Request.self, #"{"Data":@}"#), (PutRecords.Request.self, #"{"Records":[{"Data":@}]}"#),
            (PutItem.Request.self, #"{"Item":{"a":{"B":@}}}"#),
        ],
        "Timestamp": [
            (GetShardIterator.Request.self, #"{"Timestamp":@}"#),
            (GetRecords.Response.self, #"{"Records":[{"ApproximateArrivalTimestamp":@}]}"#),
        ],
        "List": [
            (RemoveTagsFromStream.Request.self, #"{"TagKeys":@}"#), (PutRecords.Request.self, #"{"Records":@}"#),
        ],
        "Map": [
            (AddTagsToStream.Request.self, #"{"Tags":@}"#), (PutItem.Request.self, #"{"Item":@}"#),
            (PutItem.Request.self, #"{"Expected":@}"#),
        ],
        "Structure": [
            (CreateStream.Request.self, #"{"StreamModeDetails":@}"#), (PutRecords.Request.self, #"{"Records":[@]}"#),
            (PutItem.Request.self, #"{"Item":{"a":@}}"#), (DescribeStream.Request.self, "@"),
            (PutRecord.Request.self, "@"),
        ],
    ]

    @Test(arguments: texts.indices)
    func `a member of a wrong type is refused with the text of the service`(index: Int) throws {
        let (kind, value, text) = Self.texts[index]
        for (type, body) in try #require(Self.members[kind]) {
            let body = body.split(separator: "@", omittingEmptySubsequences: false).joined(separator: value)
            let error = #expect(throws: ServiceError.self, "\(body)") { _ = try type.init(json: body) }
            #expect(error?.code == .serialization, "\(body)")
            #expect(error?.message == text, "\(body)")
        }
    }

    @Test(
        arguments: [
            (#""true""#, true), (#""TRUE""#, true), (#""1""#, true), (#""yes""#, true), (#""False""#, false),
            (#""0""#, false),
            (#""no""#, false), ("null", nil),
        ] as [(String, Bool?)]
    )
    func `the words of the service are taken for truth`(value: String, expected: Bool?) throws {
        let request = try DeleteStream.Request(json: #"{"EnforceConsumerDeletion":\#(value)}"#)
        #expect(request.enforceConsumerDeletion == expected)
    }

    @Test(arguments: [
        "hello", "{", #"{"StreamName":"s"}x"#, #"{"StreamName":"#, "\u{0}", "{\"a\":\"\u{1}\"}", "{'a':1}",
    ])
    func `what is not JSON is refused without a text, as the service does, and the cause tells the place`(body: String)
    {
        for type in [DescribeStream.Request.self, PutRecords.Request.self, Item.self] as [any WireMessage.Type] {
            let error = #expect(throws: ServiceError.self) { _ = try type.init(json: body) }
            #expect(error?.code == .serialization)
            #expect(error?.message == "")
            #expect(error?.cause != nil)
        }
    }

    @Test(arguments: [DescribeStream.Request.self, PutRecord.Request.self] as [any WireMessage.Type])
    func `null alone is no message`(type: any WireMessage.Type) {
        let error = #expect(throws: ServiceError.self) { _ = try type.init(json: "null") }
        #expect(error?.code == .serialization)
    }

    @Test(
        arguments: [
            (ListShards.Request.self, #"{"ShardFilter":{}}"#, "shardFilter.type"),
            (CreateStream.Request.self, #"{"StreamModeDetails":{"StreamMode":null}}"#, "streamModeDetails.streamMode"),
            (RemoveTagsFromStream.Request.self, #"{"TagKeys":["a",null]}"#, "tagKeys.2.member"),
            (CreateTable.Request.self, #"{"KeySchema":[{"AttributeName":"a"}]}"#, "keySchema.1.member.keyType"),
            (PutRecords.Request.self, #"{"Records":[{},null]}"#, "records.2.member"),
            (GetRecords.Response.self, #"{"Records":[{"SequenceNumber":"1"}]}"#, "records.1.member.data"),
            (GetRecords.Response.self, "{}", "records"), (PutRecords.Response.self, "{}", "records"),
            (PutRecord.Response.self, #"{"ShardId":"s"}"#, "sequenceNumber"),
        ] as [(any WireMessage.Type, String, String)]
    )
    func `a required member that is absent is named`(type: any WireMessage.Type, body: String, path: String) {
        let error = #expect(throws: ServiceError.self) { _ = try type.init(json: body) }
        #expect(error?.code == .validation)
        #expect(
            error?.message
                == "1 validation error detected: Value null at '\(path)' failed to satisfy constraint: Member must not be null"
        )
    }

    @Test func `the text of a long blob is cut short`() {
        let error = #expect(throws: ServiceError.self) {
            try PutRecord.Request(json: #"{"Data":"\#(String(repeating: "A", count: 5001))"}"#)
        }
        #expect(error?.message.hasSuffix("but found: 5001") == true)
        #expect((error?.message.utf8.count ?? 0) < 500)
    }
}
