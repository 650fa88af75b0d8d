import Logging
import NIOCore
import Testing
import WeirClient
import WeirModel
import WeirTesting
import WeirWire

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// The changes of tables, from a server in this process to a client.
@Suite struct WatchTableTests {
    private func withTable(
        _ body: (WeirInstance, DynamoDBClient, inout TableChangeSequence.AsyncIterator) async throws -> Void
    ) async throws {
        try await withWeir { weir in
            try await withDynamoDBClient(weir.clientConfiguration, logger: quiet) { dynamoDB in
                try await createTable(dynamoDB)
                var changes = dynamoDB.watchTable("leases").makeAsyncIterator()
                #expect(try await changes.next() == .scanAgain)
                try await body(weir, dynamoDB, &changes)
            }
        }
    }

    private func createTable(_ dynamoDB: DynamoDBClient) async throws {
        _ = try await dynamoDB.call(
            CreateTable.self,
            .init(
                tableName: "leases",
                attributeDefinitions: [.init(attributeName: "k", attributeType: "S")],
                keySchema: [.init(attributeName: "k", keyType: "HASH")],
                billingMode: "PAY_PER_REQUEST"
            )
        )
    }

    private func item(_ number: Int) -> Item { ["k": .string("a"), "n": .number("\(number)")] }

    private func put(_ number: Int, _ dynamoDB: DynamoDBClient) async throws {
        _ = try await dynamoDB.call(PutItem.self, .init(tableName: "leases", item: item(number)))
    }

    @Test func changesComeOneAfterTheOther() async throws {
        try await withTable { _, dynamoDB, changes in
            for number in 0..<10 {
                try await put(number, dynamoDB)
                let expected = ChangedItem(key: ["k": .string("a")], newImage: item(number))
                #expect(try await changes.next() == .changes([expected]))
            }
            _ = try await dynamoDB.call(DeleteItem.self, .init(tableName: "leases", key: ["k": .string("a")]))
            #expect(try await changes.next() == .changes([ChangedItem(key: ["k": .string("a")], newImage: nil)]))
        }
    }

    @Test func aRestartOfTheServerLeadsToAScan() async throws {
        try await withTable { weir, dynamoDB, changes in
            try await weir.restart()
            // What was told before is not known to the new server.
            #expect(try await changes.next() == .scanAgain)
            try await put(1, dynamoDB)
            #expect(
                try await changes.next() == .changes([ChangedItem(key: ["k": .string("a")], newImage: item(1))])
            )
        }
    }

    @Test func theEndOfTheTableEndsTheSequence() async throws {
        try await withTable { _, dynamoDB, changes in
            _ = try await dynamoDB.call(DeleteTable.self, .init(tableName: "leases"))
            let error = await #expect(throws: ServiceError.self) { try await changes.next() }
            #expect(error?.code == .resourceNotFound)
            #expect(try await changes.next() == nil)
        }
    }

    @Test func theEndOfTheClientEndsTheSequence() async throws {
        try await withWeir { weir in
            var kept: TableChangeSequence.AsyncIterator?
            try await withDynamoDBClient(weir.clientConfiguration, logger: quiet) { dynamoDB in
                try await createTable(dynamoDB)
                var changes = dynamoDB.watchTable("leases").makeAsyncIterator()
                #expect(try await changes.next() == .scanAgain)
                kept = changes
            }
            let error = await #expect(throws: ServiceError.self) { try await kept?.next() }
            #expect(error?.code == .clientShutDown)
        }
    }

    @Test func cancellationEndsTheSequence() async throws {
        try await withTable { _, dynamoDB, _ in
            let watch = dynamoDB.watchTable("leases")
            #expect(await endOfCancelledReading(of: watch) == .cancelled)
        }
    }

    @Test func amazonIsNotAsked() async throws {
        let configuration = ClientConfiguration(
            endpoint: "https://dynamodb.eu-central-1.amazonaws.com",
            region: "eu-central-1",
            credentials: .static(accessKeyID: "test", secretAccessKey: "test")
        )
        try await withDynamoDBClient(configuration, logger: quiet) { dynamoDB in
            var changes = dynamoDB.watchTable("leases").makeAsyncIterator()
            let error = await #expect(throws: ServiceError.self) { try await changes.next() }
            #expect(error?.code == .notSupported)
        }
    }
}
