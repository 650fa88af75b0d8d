import WeirModel

@testable import WeirWire

/// The messages of the tables' actions.
extension Samples {
    private static let expected = [
        "leaseCounter": ExpectedAttribute(
            value: .number("7"),
            exists: true,
            comparisonOperator: "EQ",
            attributeValueList: [.number("7")]
        )
    ]
    private static let throughput = ProvisionedThroughput(
        readCapacityUnits: 10,
        writeCapacityUnits: 10,
        numberOfDecreasesToday: 0
    )
    private static let schema = [
        KeySchemaElement(attributeName: "leaseKey", keyType: "HASH"),
        KeySchemaElement(attributeName: "part", keyType: "RANGE"),
    ]
    private static let projection = Projection(projectionType: "INCLUDE", nonKeyAttributes: ["a", "b"])
    private static let table = TableDescriptionShape(
        tableName: "leases",
        tableStatus: "ACTIVE",
        tableARN: "arn:aws:dynamodb:eu-west-1:000000000000:table/leases",
        tableID: "7689eb72-0a67-4084-baf1-8aeba9c0dc7a",
        keySchema: schema,
        attributeDefinitions: [AttributeDefinition(attributeName: "leaseKey", attributeType: "S")],
        creationDateTime: time,
        itemCount: 2,
        tableSizeBytes: 300,
        billingModeSummary: BillingModeSummary(billingMode: "PAY_PER_REQUEST"),
        provisionedThroughput: throughput,
        globalSecondaryIndexes: [
            GlobalSecondaryIndexDescription(
                indexName: "byOwner",
                keySchema: schema,
                projection: projection,
                indexStatus: "ACTIVE",
                provisionedThroughput: throughput,
                indexSizeBytes: 5,
                itemCount: 1,
                indexARN: "arn:aws:dynamodb:eu-west-1:000000000000:table/leases/index/byOwner"
            )
        ],
        deletionProtectionEnabled: true
    )
    private static let index = GlobalSecondaryIndex(
        indexName: "byOwner",
        keySchema: schema,
        projection: projection,
        provisionedThroughput: throughput
    )
    private static let names = ["#a": "streamName"]
    private static let values: [String: AttributeValue] = [":b": .string("s"), ":c": .null]
    private static let consumed = ConsumedCapacity(
        tableName: "leases",
        capacityUnits: 1.5,
        table: Capacity(capacityUnits: 1.5)
    )
    private static let keys = KeysAndAttributes(
        keys: [item, [:]],
        attributesToGet: ["a"],
        consistentRead: true,
        projectionExpression: "p",
        expressionAttributeNames: names
    )
    private static let write = WriteRequest(
        putRequest: PutRequest(item: item),
        deleteRequest: DeleteRequest(key: item)
    )
    private static let step = TransactionStep(
        tableName: "leases",
        key: item,
        item: item,
        updateExpression: "SET a = :b",
        conditionExpression: "a = :b",
        expressionAttributeNames: names,
        expressionAttributeValues: values,
        returnValuesOnConditionCheckFailure: "ALL_OLD"
    )
    private static let backups = ContinuousBackupsDescription(
        continuousBackupsStatus: "ENABLED",
        pointInTimeRecoveryDescription: PointInTimeRecoveryDescription(
            pointInTimeRecoveryStatus: "ENABLED",
            earliestRestorableDateTime: time,
            latestRestorableDateTime: time
        )
    )

    static let tableRequests: [any WireMessage & Codable] =
        itemRequests + [
            CreateTable.Request(
                tableName: "leases",
                attributeDefinitions: [AttributeDefinition(attributeName: "leaseKey", attributeType: "S")],
                keySchema: schema,
                billingMode: "PROVISIONED",
                provisionedThroughput: throughput,
                globalSecondaryIndexes: [index],
                localSecondaryIndexes: [index],
                deletionProtectionEnabled: true,
                tags: [Tag(key: "a", value: "b")]
            ),
            DeleteTable.Request(tableName: "leases"), DescribeContinuousBackups.Request(tableName: "leases"),
            DescribeTable.Request(tableName: "leases"), DescribeTimeToLive.Request(tableName: "leases"),
            ListTables.Request(exclusiveStartTableName: "a", limit: 100),
            ListTagsOfResource.Request(resourceARN: "arn", nextToken: "n"),
            TagTable.Request(resourceARN: "arn", tags: [Tag(key: "a", value: "b")]),
            UntagTable.Request(resourceARN: "arn", tagKeys: ["a", "b"]),
            UpdateContinuousBackups.Request(
                tableName: "leases",
                pointInTimeRecoverySpecification: PointInTimeRecoverySpecification(
                    pointInTimeRecoveryEnabled: true,
                    recoveryPeriodInDays: 35
                )
            ),
            UpdateTable.Request(
                tableName: "leases",
                attributeDefinitions: [AttributeDefinition(attributeName: "leaseKey", attributeType: "S")],
                billingMode: "PROVISIONED",
                provisionedThroughput: throughput,
                globalSecondaryIndexUpdates: [
                    GlobalSecondaryIndexUpdate(
                        create: index,
                        update: IndexThroughputUpdate(indexName: "byOwner", provisionedThroughput: throughput),
                        delete: IndexDeletion(indexName: "byOwner")
                    )
                ],
                deletionProtectionEnabled: false
            ),
            WatchTable.Request(tableName: "leases", cursor: "1-2"),
            WatchTable.Event(cursor: "1-2", changes: [ChangedItem(key: item, newImage: item)]),
            UpdateTimeToLive.Request(
                tableName: "leases",
                timeToLiveSpecification: TimeToLiveSpecification(attributeName: "ttl", enabled: true)
            ),
        ]

    private static let itemRequests: [any WireMessage & Codable] = [
        BatchGetItem.Request(requestItems: ["leases": keys], returnConsumedCapacity: "TOTAL"),
        BatchWriteItem.Request(
            requestItems: ["leases": [write]],
            returnConsumedCapacity: "TOTAL",
            returnItemCollectionMetrics: "SIZE"
        ),
        DeleteItem.Request(
            tableName: "leases",
            key: item,
            expected: expected,
            returnValues: "ALL_OLD",
            returnValuesOnConditionCheckFailure: "ALL_OLD",
            conditionalOperator: "AND",
            conditionExpression: "c",
            expressionAttributeNames: names,
            expressionAttributeValues: values,
            returnConsumedCapacity: "TOTAL",
            returnItemCollectionMetrics: "SIZE"
        ),
        GetItem.Request(
            tableName: "leases",
            key: item,
            consistentRead: true,
            attributesToGet: ["a"],
            projectionExpression: "p",
            expressionAttributeNames: names,
            returnConsumedCapacity: "TOTAL"
        ),
        PutItem.Request(
            tableName: "leases",
            item: item,
            expected: expected,
            returnValues: "NONE",
            returnValuesOnConditionCheckFailure: "NONE",
            conditionalOperator: "OR",
            conditionExpression: "c",
            expressionAttributeNames: names,
            expressionAttributeValues: values,
            returnConsumedCapacity: "TOTAL",
            returnItemCollectionMetrics: "SIZE"
        ),
        Query.Request(
            tableName: "leases",
            limit: 10,
            exclusiveStartKey: item,
            consistentRead: false,
            indexName: "byOwner",
            select: "COUNT",
            attributesToGet: ["a"],
            projectionExpression: "p",
            filterExpression: "#a = :b",
            expressionAttributeNames: names,
            expressionAttributeValues: values,
            conditionalOperator: "AND",
            returnConsumedCapacity: "TOTAL",
            keyConditionExpression: "leaseOwner = :b",
            keyConditions: expected,
            queryFilter: expected,
            scanIndexForward: false
        ),
        Scan.Request(
            tableName: "leases",
            limit: 10,
            exclusiveStartKey: item,
            consistentRead: false,
            indexName: "i",
            select: "COUNT",
            attributesToGet: ["a"],
            projectionExpression: "p",
            filterExpression: "#a = :b",
            expressionAttributeNames: names,
            expressionAttributeValues: values,
            conditionalOperator: "AND",
            returnConsumedCapacity: "TOTAL",
            scanFilter: expected,
            segment: 0,
            totalSegments: 1
        ),
        TransactGetItems.Request(
            transactItems: [
                TransactGetItem(
                    get: TransactGet(
                        tableName: "leases",
                        key: item,
                        projectionExpression: "p",
                        expressionAttributeNames: names
                    )
                )
            ],
            returnConsumedCapacity: "TOTAL"
        ),
        TransactWriteItems.Request(
            transactItems: [TransactWriteItem(conditionCheck: step, put: step, delete: step, update: step)],
            clientRequestToken: "token",
            returnConsumedCapacity: "TOTAL",
            returnItemCollectionMetrics: "SIZE"
        ),
        UpdateItem.Request(
            tableName: "leases",
            key: item,
            expected: expected,
            attributeUpdates: ["leaseOwner": AttributeUpdate(value: .string("w"), action: "PUT")],
            returnValues: "ALL_NEW",
            returnValuesOnConditionCheckFailure: "ALL_OLD",
            conditionalOperator: "AND",
            conditionExpression: "c",
            updateExpression: "u",
            expressionAttributeNames: names,
            expressionAttributeValues: values,
            returnConsumedCapacity: "TOTAL",
            returnItemCollectionMetrics: "SIZE"
        ),
    ]

    static let tableResponses: [any WireMessage & Codable] = [
        BatchGetItem.Response(
            responses: ["leases": [item, [:]], "others": []],
            unprocessedKeys: ["leases": keys],
            consumedCapacity: [consumed]
        ),
        BatchWriteItem.Response(
            unprocessedItems: ["leases": [write]],
            consumedCapacity: [consumed]
        ),
        CreateTable.Response(tableDescription: table),
        DeleteItem.Response(attributes: item, consumedCapacity: consumed),
        DeleteTable.Response(tableDescription: table),
        DescribeContinuousBackups.Response(continuousBackupsDescription: backups),
        DescribeTable.Response(table: table),
        DescribeTimeToLive.Response(
            timeToLiveDescription: TimeToLiveDescription(timeToLiveStatus: "ENABLED", attributeName: "ttl")
        ),
        GetItem.Response(item: item, consumedCapacity: consumed),
        ListTables.Response(tableNames: ["a", "leases"], lastEvaluatedTableName: "leases"),
        ListTagsOfResource.Response(tags: [Tag(key: "a", value: "b")], nextToken: "n"),
        PutItem.Response(attributes: item, consumedCapacity: consumed),
        Query.Response(
            items: [item, [:]],
            count: 2,
            scannedCount: 5,
            lastEvaluatedKey: item,
            consumedCapacity: consumed
        ),
        Scan.Response(
            items: [item, [:]],
            count: 2,
            scannedCount: 5,
            lastEvaluatedKey: item,
            consumedCapacity: consumed
        ),
        TransactGetItems.Response(
            responses: [ItemResponse(item: item)],
            consumedCapacity: [consumed]
        ),
        TransactWriteItems.Response(consumedCapacity: [consumed]),
        UpdateContinuousBackups.Response(continuousBackupsDescription: backups),
        UpdateItem.Response(attributes: item, consumedCapacity: consumed),
        UpdateTable.Response(tableDescription: table),
        UpdateTimeToLive.Response(
            timeToLiveSpecification: TimeToLiveSpecification(attributeName: "ttl", enabled: true)
        ),
    ]
}
