import Testing
import WeirModel
import WeirWire

@Suite struct ScanTests {
    private func withItems(_ count: Int, _ body: (TestTables) async throws -> Void) async throws {
        try await withTables { test in
            try await test.createTable()
            for number in 0..<count {
                let item: Item = ["k": .string("item-\(number)"), "parity": .string(number % 2 == 0 ? "even" : "odd")]
                _ = try await test.call(PutItem.self, .init(tableName: "leases", item: item))
            }
            try await body(test)
        }
    }

    private func keys(_ items: [Item]?) -> Set<AttributeValue> { Set((items ?? []).compactMap { $0["k"] }) }

    @Test func allItemsAreGiven() async throws {
        try await withItems(7) { test in
            let all = try await test.call(Scan.self, .init(tableName: "leases"))
            #expect(all.count == 7)
            #expect(all.scannedCount == 7)
            #expect(keys(all.items).count == 7)
            #expect(all.lastEvaluatedKey == nil)
        }
    }

    @Test func anEmptyTableHasNone() async throws {
        try await withItems(0) { test in
            let answer = try await test.answer("Scan", #"{"TableName":"leases","Limit":1}"#)
            #expect(answer == #"{"Items":[],"Count":0,"ScannedCount":0}"#)
        }
    }

    @Test(arguments: [1, 2, 3, 7, 8])
    func pagesFollowOneAnother(limit: Int) async throws {
        try await withItems(7) { test in
            var seen: [Item] = []
            var start: Item?
            repeat {
                let page = try await test.call(
                    Scan.self,
                    .init(tableName: "leases", limit: limit, exclusiveStartKey: start)
                )
                #expect(page.count <= limit)
                seen += page.items ?? []
                start = page.lastEvaluatedKey
            } while start != nil
            #expect(seen.count == 7)
            #expect(keys(seen).count == 7)
        }
    }

    @Test func aFilterLeavesItemsOutAfterTheyWereCounted() async throws {
        try await withItems(7) { test in
            let byExpression = try await test.call(
                Scan.self,
                .init(
                    tableName: "leases",
                    filterExpression: "#p = :p",
                    expressionAttributeNames: ["#p": "parity"],
                    expressionAttributeValues: [":p": .string("even")]
                )
            )
            #expect(byExpression.count == 4)
            #expect(byExpression.scannedCount == 7)
            #expect((byExpression.items ?? []).allSatisfy { $0["parity"] == .string("even") })
            let byFilter = try await test.call(
                Scan.self,
                .init(
                    tableName: "leases",
                    scanFilter: [
                        "parity": .init(comparisonOperator: "EQ", attributeValueList: [.string("odd")])
                    ]
                )
            )
            #expect(byFilter.count == 3)
            let counted = try await test.call(Scan.self, .init(tableName: "leases", select: "COUNT"))
            #expect(counted.items == nil)
            #expect(counted.count == 7)
            let some = try await test.call(Scan.self, .init(tableName: "leases", attributesToGet: ["k"]))
            #expect(some.items?.allSatisfy { Set($0.keys) == ["k"] } == true)
        }
    }

    @Test func theSegmentsOfAParallelScanGiveEveryItemOnce() async throws {
        try await withItems(7) { test in
            var seen: [Item] = []
            for segment in 0..<3 {
                let part = try await test.call(
                    Scan.self,
                    .init(tableName: "leases", segment: segment, totalSegments: 3)
                )
                #expect(part.scannedCount == part.count)
                seen += part.items ?? []
            }
            #expect(seen.count == 7)
            #expect(keys(seen).count == 7)
            let outside = await test.refusal("Scan", #"{"TableName":"leases","Segment":3,"TotalSegments":3}"#)
            #expect(outside?.code == .validation)
        }
    }

    @Test func aPageHasAtMostOneMebibyte() async throws {
        try await withTables { test in
            try await test.createTable()
            for number in 0..<6 {
                let item: Item = [
                    "k": .string("\(number)"), "v": .string(String(repeating: "x", count: 300 << 10)),
                ]
                _ = try await test.call(PutItem.self, .init(tableName: "leases", item: item))
            }
            let page = try await test.call(Scan.self, .init(tableName: "leases"))
            #expect((3...4).contains(page.count))
            let rest = try await test.call(
                Scan.self,
                .init(tableName: "leases", exclusiveStartKey: page.lastEvaluatedKey)
            )
            #expect(page.count + rest.count == 6)
        }
    }
}
