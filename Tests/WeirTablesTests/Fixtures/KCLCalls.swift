/// A call of the Kinesis Client Library, and what it relies on in the answer.
struct KCLCall: Sendable {
    let action: String
    let request: String
    /// Members that the answer must have, with these values; it may have others.
    let answer: String
    /// The code of the error that the library knows what to do with; nil when the call succeeds.
    let error: String?

    init(_ action: String, _ request: String, answer: String = "{}", error: String? = nil) {
        self.action = action
        self.request = request
        self.answer = answer
        self.error = error
    }
}

/// The calls of version 2.5.8, one of each form, as two workers make them from the start of an application to a
/// hand-over: conditions and changes by attribute, and no expressions.
enum KCL2Calls {
    static let all: [KCLCall] = start + work

    private static let start = [
        KCLCall("DescribeTable", #"{"TableName":"app"}"#, error: "ResourceNotFoundException"),
        KCLCall(
            "CreateTable",
            """
            {"AttributeDefinitions":[{"AttributeName":"leaseKey","AttributeType":"S"}],"TableName":"app",
            "KeySchema":[{"AttributeName":"leaseKey","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST",
            "DeletionProtectionEnabled":false}
            """,
            answer: #"{"TableDescription":{"TableName":"app","TableStatus":"ACTIVE"}}"#
        ),
        KCLCall("DescribeTable", #"{"TableName":"app"}"#, answer: #"{"Table":{"TableStatus":"ACTIVE"}}"#),
        KCLCall(
            "Scan",
            #"{"TableName":"app","Limit":1}"#,
            answer: #"{"Items":[],"Count":0,"ScannedCount":0}"#
        ),
        KCLCall("PutItem", lease("shardId-000000000000")), KCLCall("PutItem", lease("shardId-000000000001")),
        KCLCall("PutItem", lease("shardId-000000000001"), error: "ConditionalCheckFailedException"),
        KCLCall("Scan", #"{"TableName":"app"}"#, answer: #"{"Count":2,"ScannedCount":2}"#),
    ]

    private static let work = [
        // Take a lease that nobody has.
        KCLCall(
            "UpdateItem",
            """
            {"TableName":"app","Key":{"leaseKey":{"S":"shardId-000000000000"}},"AttributeUpdates":
            {"leaseCounter":{"Value":{"N":"1"},"Action":"PUT"},"leaseOwner":{"Value":{"S":"w1"},"Action":"PUT"}},
            "Expected":{"leaseCounter":{"Value":{"N":"0"}}}}
            """
        ),
        // Renew it, and once more as one who has lost it.
        KCLCall("UpdateItem", renewal(from: 1)),
        KCLCall("UpdateItem", renewal(from: 1), error: "ConditionalCheckFailedException"),
        // Checkpoint.
        KCLCall(
            "UpdateItem",
            """
            {"TableName":"app","Key":{"leaseKey":{"S":"shardId-000000000000"}},"AttributeUpdates":
            {"checkpoint":{"Value":{"S":"49668899999999999999999999999999999999999999999999999922"},"Action":"PUT"},
            "endingHashKey":{"Value":{"S":"170141183460469231731687303715884105727"},"Action":"PUT"},
            "leaseCounter":{"Value":{"N":"3"},"Action":"PUT"},"pendingCheckpoint":{"Action":"DELETE"},
            "checkpointSubSequenceNumber":{"Value":{"N":"0"},"Action":"PUT"},
            "ownerSwitchesSinceCheckpoint":{"Value":{"N":"0"},"Action":"PUT"},
            "pendingCheckpointState":{"Action":"DELETE"},"pendingCheckpointSubSequenceNumber":{"Action":"DELETE"},
            "childShardIds":{"Value":{"SS":["shardId-000000000003","shardId-000000000002"]},"Action":"PUT"},
            "startingHashKey":{"Value":{"S":"0"},"Action":"PUT"}},
            "Expected":{"leaseCounter":{"Value":{"N":"2"}}}}
            """
        ),
        // Steal it.
        KCLCall(
            "UpdateItem",
            """
            {"TableName":"app","Key":{"leaseKey":{"S":"shardId-000000000000"}},"AttributeUpdates":
            {"leaseCounter":{"Value":{"N":"4"},"Action":"PUT"},
            "ownerSwitchesSinceCheckpoint":{"Value":{"N":"1"},"Action":"ADD"},
            "leaseOwner":{"Value":{"S":"w2"},"Action":"PUT"}},"Expected":{"leaseCounter":{"Value":{"N":"3"}}}}
            """
        ),
        // Set children without touching the counter, of a lease that must be there.
        KCLCall(
            "UpdateItem",
            """
            {"TableName":"app","Key":{"leaseKey":{"S":"shardId-000000000001"}},"AttributeUpdates":
            {"childShardIds":{"Value":{"SS":["shardId-000000000003"]},"Action":"PUT"}},
            "Expected":{"leaseKey":{"Value":{"S":"shardId-000000000001"},"Exists":true}}}
            """
        ),
        KCLCall(
            "GetItem",
            #"{"TableName":"app","Key":{"leaseKey":{"S":"shardId-000000000000"}},"ConsistentRead":false}"#,
            answer: """
                {"Item":{"leaseOwner":{"S":"w2"},"leaseCounter":{"N":"4"},"ownerSwitchesSinceCheckpoint":{"N":"1"},
                "childShardIds":{"SS":["shardId-000000000002","shardId-000000000003"]},
                "checkpoint":{"S":"49668899999999999999999999999999999999999999999999999922"}}}
                """
        ),
        // Leases of one of many streams.
        KCLCall(
            "Scan",
            """
            {"TableName":"app","FilterExpression":"streamName = :streamName",
            "ExpressionAttributeValues":{":streamName":{"S":"000000000000:other:1700000000"}}}
            """,
            answer: #"{"Items":[],"Count":0,"ScannedCount":2}"#
        ),
        KCLCall("DeleteItem", #"{"TableName":"app","Key":{"leaseKey":{"S":"shardId-000000000000"}}}"#),
        KCLCall("GetItem", #"{"TableName":"app","Key":{"leaseKey":{"S":"shardId-000000000000"}}}"#),
    ]

    private static func lease(_ key: String) -> String {
        """
        {"TableName":"app","Item":{"checkpoint":{"S":"TRIM_HORIZON"},"endingHashKey":{"S":"99"},"leaseCounter":{"N":"0"},
        "ownerSwitchesSinceCheckpoint":{"N":"0"},"checkpointSubSequenceNumber":{"N":"0"},"leaseKey":{"S":"\(key)"},
        "startingHashKey":{"S":"0"}},"Expected":{"leaseKey":{"Exists":false}}}
        """
    }

    private static func renewal(from counter: Int) -> String {
        """
        {"TableName":"app","Key":{"leaseKey":{"S":"shardId-000000000000"}},"AttributeUpdates":
        {"leaseCounter":{"Value":{"N":"\(counter + 1)"},"Action":"PUT"}},
        "Expected":{"leaseCounter":{"Value":{"N":"\(counter)"}}}}
        """
    }
}

/// The calls of version 3.1.3, one of each form, as two workers make them: an index of the leases by owner, a leader's
/// lock by expressions, and the state of coordinator and workers in tables of their own.
enum KCL3Calls {
    static let all: [KCLCall] = tables + coordinator + leases + graceful + move

    private static func creation(_ table: String, key: String) -> KCLCall {
        KCLCall(
            "CreateTable",
            """
            {"AttributeDefinitions":[{"AttributeName":"\(key)","AttributeType":"S"}],"TableName":"\(table)",
            "KeySchema":[{"AttributeName":"\(key)","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST",
            "DeletionProtectionEnabled":false}
            """,
            answer: """
                {"TableDescription":{"TableStatus":"ACTIVE","BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"},
                "ProvisionedThroughput":{"ReadCapacityUnits":0,"WriteCapacityUnits":0},"TableSizeBytes":0,
                "DeletionProtectionEnabled":false,
                "TableArn":"arn:aws:dynamodb:us-east-1:000000000000:table/\(table)"}}
                """
        )
    }

    private static let index = """
        {"IndexName":"LeaseOwnerToLeaseKeyIndex","KeySchema":[{"AttributeName":"leaseOwner","KeyType":"HASH"},
        {"AttributeName":"leaseKey","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}
        """

    private static let tables = [
        KCLCall("DescribeTable", #"{"TableName":"app-CoordinatorState"}"#, error: "ResourceNotFoundException"),
        creation("app", key: "leaseKey"), creation("app-CoordinatorState", key: "key"),
        creation("app-WorkerMetricStats", key: "wid"),
        KCLCall(
            "UpdateTable",
            """
            {"AttributeDefinitions":[{"AttributeName":"leaseOwner","AttributeType":"S"},
            {"AttributeName":"leaseKey","AttributeType":"S"}],"TableName":"app",
            "GlobalSecondaryIndexUpdates":[{"Create":\(index)}}]}
            """,
            answer: """
                {"TableDescription":{"TableStatus":"ACTIVE","GlobalSecondaryIndexes":[\(index),
                "IndexStatus":"ACTIVE","ItemCount":0,"IndexSizeBytes":0}]}}
                """
        ),
        KCLCall(
            "DescribeTable",
            #"{"TableName":"app"}"#,
            answer: """
                {"Table":{"TableStatus":"ACTIVE","AttributeDefinitions":[{"AttributeName":"leaseKey","AttributeType":"S"},
                {"AttributeName":"leaseOwner","AttributeType":"S"}],
                "GlobalSecondaryIndexes":[{"IndexStatus":"ACTIVE"}]}}
                """
        ),
    ]

    private static let coordinator = [
        KCLCall(
            "GetItem",
            #"{"TableName":"app-CoordinatorState","Key":{"key":{"S":"Migration3.0"}},"ConsistentRead":true}"#
        ),
        KCLCall(
            "PutItem",
            """
            {"TableName":"app-CoordinatorState","Item":{"cv":{"S":"CLIENT_VERSION_3X"},"mb":{"S":"w2"},"h":{"L":[{"M":
            {"cv":{"S":"CLIENT_VERSION_INIT"},"mb":{"S":"w2"},"mts":{"N":"1795407943480"}}}]},
            "mts":{"N":"1795407943483"},"key":{"S":"Migration3.0"}},"Expected":{"key":{"Exists":false}}}
            """
        ),
        KCLCall(
            "GetItem",
            #"{"TableName":"app-CoordinatorState","Key":{"key":{"S":"Migration3.0"}},"ConsistentRead":true}"#,
            answer: #"{"Item":{"h":{"L":[{"M":{"mb":{"S":"w2"}}}]},"cv":{"S":"CLIENT_VERSION_3X"}}}"#
        ),
        // The leader's lock: made, not made again, kept, not kept by another, taken over, given back.
        KCLCall("PutItem", lock("w2", "v1", condition: "attribute_not_exists(#pk)", names: "")),
        KCLCall(
            "PutItem",
            lock("w1", "v9", condition: "attribute_not_exists(#pk)", names: ""),
            error: "ConditionalCheckFailedException"
        ),
        KCLCall("UpdateItem", heartbeat("w2", from: "v1", to: "v2")),
        KCLCall("UpdateItem", heartbeat("w1", from: "v2", to: "v3"), error: "ConditionalCheckFailedException"),
        KCLCall(
            "PutItem",
            lock(
                "w1",
                "v4",
                condition: "attribute_exists(#pk) AND #rvn = :rvn",
                names: ##","#rvn":"recordVersionNumber"},"ExpressionAttributeValues":{":rvn":{"S":"v2"}"##
            )
        ),
        KCLCall(
            "DeleteItem",
            """
            {"TableName":"app-CoordinatorState","Key":{"key":{"S":"Leader"}},
            "ConditionExpression":"attribute_exists(#pk) AND #rvn = :rvn AND #on = :on",
            "ExpressionAttributeNames":{"#on":"ownerName","#rvn":"recordVersionNumber","#pk":"key"},
            "ExpressionAttributeValues":{":on":{"S":"w1"},":rvn":{"S":"v4"}}}
            """
        ),
        KCLCall("Scan", #"{"TableName":"app-WorkerMetricStats"}"#, answer: #"{"Count":0}"#),
        KCLCall(
            "UpdateItem",
            """
            {"TableName":"app-WorkerMetricStats","Key":{"wid":{"S":"w2"}},"ReturnValues":"ALL_NEW","UpdateExpression":
            "SET #AMZN_MAPPED_opr = :AMZN_MAPPED_opr, #AMZN_MAPPED_sts = :AMZN_MAPPED_sts, #AMZN_MAPPED_lut = :AMZN_MAPPED_lut",
            "ExpressionAttributeNames":{"#AMZN_MAPPED_opr":"opr","#AMZN_MAPPED_lut":"lut","#AMZN_MAPPED_sts":"sts"},
            "ExpressionAttributeValues":{":AMZN_MAPPED_opr":{"M":{}},":AMZN_MAPPED_sts":{"M":{"C":{"L":[{"N":"12.5"}]}}},
            ":AMZN_MAPPED_lut":{"N":"1795407945"}}}
            """,
            answer: """
                {"Attributes":{"wid":{"S":"w2"},"opr":{"M":{}},"sts":{"M":{"C":{"L":[{"N":"12.5"}]}}},
                "lut":{"N":"1795407945"}}}
                """
        ),
        KCLCall(
            "DeleteItem",
            """
            {"TableName":"app-WorkerMetricStats","Key":{"wid":{"S":"w2"}},
            "ConditionExpression":"#key = :value AND attribute_exists (wid)",
            "ExpressionAttributeNames":{"#key":"lut"},"ExpressionAttributeValues":{":value":{"N":"1795407945"}}}
            """
        ),
    ]

    private static let leases = [
        KCLCall("PutItem", lease("shardId-000000000000")), KCLCall("PutItem", lease("shardId-000000000001")),
        KCLCall(
            "Scan",
            #"{"TableName":"app","TotalSegments":1,"Segment":0}"#,
            answer: #"{"Count":2,"ScannedCount":2}"#
        ),
        // The leader assigns leases that nobody has.
        KCLCall("UpdateItem", assignment("shardId-000000000000", from: nil, to: "w1"), answer: owned("w1", 1)),
        KCLCall("UpdateItem", assignment("shardId-000000000001", from: nil, to: "w2"), answer: owned("w2", 1)),
        // Somebody else was faster: the error says what is there.
        KCLCall(
            "UpdateItem",
            assignment("shardId-000000000001", from: nil, to: "w1"),
            answer:
                #"{"Item":{"leaseOwner":{"S":"w2"},"leaseCounter":{"N":"1"},"leaseKey":{"S":"shardId-000000000001"}}}"#,
            error: "ConditionalCheckFailedException"
        ),
        // There is no such lease, and then no item to show.
        KCLCall(
            "UpdateItem",
            assignment("shardId-000000000009", from: nil, to: "w1"),
            error: "ConditionalCheckFailedException"
        ),
        KCLCall(
            "Query",
            """
            {"TableName":"app","IndexName":"LeaseOwnerToLeaseKeyIndex","KeyConditionExpression":"leaseOwner = :leaseOwner",
            "ExpressionAttributeValues":{":leaseOwner":{"S":"w2"}}}
            """,
            answer: """
                {"Items":[{"leaseOwner":{"S":"w2"},"leaseKey":{"S":"shardId-000000000001"}}],"Count":1,"ScannedCount":1}
                """
        ),
        KCLCall("UpdateItem", renewal(from: 1)),
        KCLCall(
            "UpdateItem",
            renewal(from: 1),
            answer: #"{"Item":{"leaseCounter":{"N":"2"},"throughputKBps":{"N":"31.971499"}}}"#,
            error: "ConditionalCheckFailedException"
        ),
    ]

    private static let graceful = [
        // Hand-over: the new owner and the old one, and the counter stays.
        KCLCall(
            "UpdateItem",
            """
            {"TableName":"app","Key":{"leaseKey":{"S":"shardId-000000000001"}},"AttributeUpdates":
            {"leaseOwner":{"Value":{"S":"w1"},"Action":"PUT"},"checkpointOwner":{"Value":{"S":"w2"},"Action":"PUT"}},
            "Expected":{"checkpointOwner":{"Exists":false},"leaseKey":{"Value":{"S":"shardId-000000000001"},"Exists":true},
            "leaseOwner":{"Value":{"S":"w2"}}},"ReturnValues":"ALL_NEW","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}
            """,
            answer: #"{"Attributes":{"leaseOwner":{"S":"w1"},"checkpointOwner":{"S":"w2"},"leaseCounter":{"N":"2"}}}"#
        ),
        // The old owner learns of it when it renews.
        KCLCall(
            "UpdateItem",
            renewal(from: 2),
            answer: #"{"Item":{"checkpointOwner":{"S":"w2"},"leaseOwner":{"S":"w1"}}}"#,
            error: "ConditionalCheckFailedException"
        ),
        // It lets go.
        KCLCall(
            "UpdateItem",
            """
            {"TableName":"app","Key":{"leaseKey":{"S":"shardId-000000000001"}},"AttributeUpdates":
            {"checkpointOwner":{"Action":"DELETE"},"leaseCounter":{"Value":{"N":"1"},"Action":"ADD"},
            "ownerSwitchesSinceCheckpoint":{"Value":{"N":"1"},"Action":"ADD"},
            "leaseOwner":{"Value":{"S":"w1"},"Action":"PUT"}},
            "Expected":{"checkpointOwner":{"Value":{"S":"w2"}},
            "leaseKey":{"Value":{"S":"shardId-000000000001"},"Exists":true},"leaseOwner":{"Value":{"S":"w1"}}},
            "ReturnValues":"ALL_NEW","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}
            """,
            answer: owned("w1", 3)
        ),
        KCLCall(
            "Query",
            """
            {"TableName":"app","IndexName":"LeaseOwnerToLeaseKeyIndex","KeyConditionExpression":"leaseOwner = :leaseOwner",
            "ExpressionAttributeValues":{":leaseOwner":{"S":"w1"}},"Limit":1}
            """,
            answer: """
                {"Items":[{"leaseKey":{"S":"shardId-000000000000"}}],
                "LastEvaluatedKey":{"leaseOwner":{"S":"w1"},"leaseKey":{"S":"shardId-000000000000"}}}
                """
        ),
        KCLCall(
            "Scan",
            """
            {"TableName":"app","ConsistentRead":true,"FilterExpression":"#et = :etVal",
            "ExpressionAttributeNames":{"#et":"entityType"},"ExpressionAttributeValues":{":etVal":{"S":"STREAM"}}}
            """,
            answer: #"{"Count":0,"ScannedCount":2}"#
        ),
    ]

    // The tables of 3.0 to 3.4 are brought together into one by later versions.
    private static let move = [
        KCLCall(
            "TransactWriteItems",
            """
            {"TransactItems":[{"Put":{"TableName":"app","Item":{"leaseKey":{"S":"Migration3.0"},
            "entityType":{"S":"CLIENT_VERSION_MIGRATION"},"leaseCounter":{"N":"0"}},
            "ConditionExpression":"attribute_not_exists(leaseKey)"}},
            {"Delete":{"TableName":"app-CoordinatorState","Key":{"key":{"S":"Migration3.0"}}}}]}
            """
        ),
        KCLCall(
            "GetItem",
            #"{"TableName":"app","Key":{"leaseKey":{"S":"Migration3.0"}},"ConsistentRead":true}"#,
            answer: #"{"Item":{"entityType":{"S":"CLIENT_VERSION_MIGRATION"}}}"#
        ),
        KCLCall("Scan", #"{"TableName":"app-CoordinatorState"}"#, answer: #"{"Count":0}"#),
        KCLCall(
            "UpdateContinuousBackups",
            """
            {"TableName":"app","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}
            """,
            answer: """
                {"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED",
                "PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"ENABLED"}}}
                """
        ),
        KCLCall(
            "TagResource",
            """
            {"ResourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/app","Tags":[{"Key":"team","Value":"a"}]}
            """
        ),
        KCLCall(
            "UpdateTable",
            """
            {"TableName":"app","BillingMode":"PROVISIONED",
            "ProvisionedThroughput":{"ReadCapacityUnits":10,"WriteCapacityUnits":5}}
            """,
            answer: #"{"TableDescription":{"ProvisionedThroughput":{"ReadCapacityUnits":10,"WriteCapacityUnits":5}}}"#
        ),
    ]

    private static func lock(_ owner: String, _ version: String, condition: String, names: String) -> String {
        """
        {"TableName":"app-CoordinatorState","Item":{"ownerName":{"S":"\(owner)"},"recordVersionNumber":{"S":"\(version)"},
        "key":{"S":"Leader"},"leaseDuration":{"S":"120000"}},"ConditionExpression":"\(condition)",
        "ExpressionAttributeNames":{"#pk":"key"\(names)}}
        """
    }

    private static func heartbeat(_ owner: String, from old: String, to new: String) -> String {
        """
        {"TableName":"app-CoordinatorState","Key":{"key":{"S":"Leader"}},"UpdateExpression":"SET #ld = :ld, #rvn = :newRvn",
        "ConditionExpression":"attribute_exists(#pk) AND #rvn = :rvn AND #on = :on",
        "ExpressionAttributeNames":{"#on":"ownerName","#rvn":"recordVersionNumber","#ld":"leaseDuration","#pk":"key"},
        "ExpressionAttributeValues":{":newRvn":{"S":"\(new)"},":ld":{"S":"120000"},":on":{"S":"\(owner)"},
        ":rvn":{"S":"\(old)"}}}
        """
    }

    private static func lease(_ key: String) -> String {
        """
        {"TableName":"app","Item":{"checkpoint":{"S":"TRIM_HORIZON"},"endingHashKey":{"S":"99"},"leaseCounter":{"N":"0"},
        "ownerSwitchesSinceCheckpoint":{"N":"0"},"checkpointSubSequenceNumber":{"N":"0"},"leaseKey":{"S":"\(key)"},
        "startingHashKey":{"S":"0"}},"Expected":{"leaseKey":{"Exists":false}}}
        """
    }

    private static func assignment(_ key: String, from old: String?, to new: String) -> String {
        let owner = old.map { #"{"Value":{"S":"\#($0)"}}"# } ?? #"{"Exists":false}"#
        return """
            {"TableName":"app","Key":{"leaseKey":{"S":"\(key)"}},"AttributeUpdates":{"checkpointOwner":{"Action":"DELETE"},
            "leaseCounter":{"Value":{"N":"1"},"Action":"ADD"},"leaseOwner":{"Value":{"S":"\(new)"},"Action":"PUT"}},
            "Expected":{"checkpointOwner":{"Exists":false},"leaseKey":{"Value":{"S":"\(key)"},"Exists":true},
            "leaseOwner":\(owner)},"ReturnValues":"ALL_NEW","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}
            """
    }

    private static func owned(_ owner: String, _ counter: Int) -> String {
        #"{"Attributes":{"leaseOwner":{"S":"\#(owner)"},"leaseCounter":{"N":"\#(counter)"}}}"#
    }

    private static func renewal(from counter: Int) -> String {
        """
        {"TableName":"app","Key":{"leaseKey":{"S":"shardId-000000000001"}},"AttributeUpdates":
        {"throughputKBps":{"Value":{"N":"31.971499"},"Action":"PUT"},
        "leaseCounter":{"Value":{"N":"\(counter + 1)"},"Action":"PUT"}},
        "Expected":{"checkpointOwner":{"Exists":false},"leaseCounter":{"Value":{"N":"\(counter)"}}},
        "ReturnValuesOnConditionCheckFailure":"ALL_OLD"}
        """
    }
}
