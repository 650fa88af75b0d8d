import Testing
import WeirModel
import WeirTestTools
import WeirWire

@testable import WeirTables

/// Expiry, tags and backups of tables.
@Suite struct TableSettingTests {
    private func withLeases(_ body: (TestTables) async throws -> Void) async throws {
        try await withTables { test in
            try await test.createTable()
            try await body(test)
        }
    }

    private static let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/leases"

    private func setExpiry(_ test: TestTables, _ isEnabled: Bool, _ attribute: String = "ttl") async -> ServiceError? {
        await test.refusal(
            "UpdateTimeToLive",
            """
            {"TableName":"leases","TimeToLiveSpecification":{"Enabled":\(isEnabled),"AttributeName":"\(attribute)"}}
            """
        )
    }

    @Test func expiryIsSwitchedOnAndOff() async throws {
        try await withLeases { test in
            let before = try await test.answer("DescribeTimeToLive", #"{"TableName":"leases"}"#)
            #expect(before == #"{"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}}"#)
            #expect(await setExpiry(test, false)?.message == "TimeToLive is already disabled")
            #expect(await setExpiry(test, true) == nil)
            let after = try await test.answer("DescribeTimeToLive", #"{"TableName":"leases"}"#)
            #expect(after == #"{"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"ttl"}}"#)
            #expect(await setExpiry(test, true)?.message == "TimeToLive is already enabled")
            #expect(
                await setExpiry(test, true, "other")?.message
                    == "TimeToLive is active on a different AttributeName: current AttributeName is ttl"
            )
            #expect(await setExpiry(test, false) == nil)
            let absent = await test.refusal("DescribeTimeToLive", #"{"TableName":"absent"}"#)
            #expect(absent?.message == "Requested resource not found: Table: absent not found")
        }
    }

    @Test func itemsThatHaveExpiredAreDeleted() async throws {
        try await withLeases { test in
            let now = test.time.wallMilliseconds / 1000
            let years = Int64(Limits.maximumExpiryAgeInYears) * 365 * 24 * 3600
            let items: [(key: String, ttl: AttributeValue?, stays: Bool)] = [
                ("past", .number("\(now - 1)"), false), ("fraction", .number("\(now - 2).75"), false),
                ("now", .number("\(now)"), true), ("future", .number("\(now + 60)"), true), ("none", nil, true),
                ("text", .string("\(now - 1)"), true), ("oldest", .number("\(now - years)"), false),
                ("tooOld", .number("\(now - years - 1)"), true),
            ]
            for item in items {
                var whole: Item = ["k": .string(item.key)]
                whole["ttl"] = item.ttl
                _ = try await test.call(PutItem.self, .init(tableName: "leases", item: whole))
            }
            try await test.service.deleteExpiredItems()
            #expect(try await test.call(Scan.self, .init(tableName: "leases")).count == items.count)

            #expect(await setExpiry(test, true) == nil)
            try await test.service.deleteExpiredItems()
            for item in items { #expect((try await test.item(item.key) != nil) == item.stays, "\(item.key)") }
            test.time.advance(milliseconds: 61_000)
            try await test.service.deleteExpiredItems()
            #expect(try await test.item("future") == nil)
        }
    }

    @Test func tagsAreSetListedAndRemoved() async throws {
        try await withLeases { test in
            _ = try await test.answer(
                "TagResource",
                #"{"ResourceArn":"\#(Self.arn)","Tags":[{"Key":"b","Value":"2"},{"Key":"a","Value":"1"}]}"#
            )
            _ = try await test.answer("TagResource", #"{"ResourceArn":"\#(Self.arn)","Tags":[{"Key":"b","Value":""}]}"#)
            let list = try await test.answer("ListTagsOfResource", #"{"ResourceArn":"\#(Self.arn)"}"#)
            #expect(list == #"{"Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":""}]}"#)
            let removal = #"{"ResourceArn":"\#(Self.arn)","TagKeys":["a","zzz"]}"#
            #expect(try await test.answer("UntagResource", removal) == "", "there is no output")
            let rest = try await test.answer("ListTagsOfResource", #"{"ResourceArn":"\#(Self.arn)"}"#)
            #expect(rest == #"{"Tags":[{"Key":"b","Value":""}]}"#)
        }
    }

    @Test(arguments: [
        ("TagResource", #""Tags":[{"Key":"a","Value":"1"}]"#, "Invalid TableArn"),
        (
            "TagResource", #""ResourceArn":"x","Tags":[{"Key":"a","Value":"1"}]"#,
            "Invalid TableArn: Invalid ResourceArn provided as input x"
        ),
        (
            "TagResource", #""ResourceArn":"\#(arn)","Tags":[]"#,
            "Atleast one Tag needs to be provided as Input."
        ),
        (
            "UntagResource", #""ResourceArn":"\#(arn)","TagKeys":[]"#,
            "Atleast one Tag Key needs to be provided as Input."
        ),
        (
            "TagResource", #""ResourceArn":"\#(arn)","Tags":[{"Key":"","Value":"1"}]"#,
            """
            1 validation error detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: \
            Member must have length greater than or equal to 1
            """
        ),
    ])
    func badTagsAreRefused(action: String, body: String, message: String) async throws {
        try await withLeases { test in
            let error = await test.refusal(action, "{\(body)}")
            #expect(error?.code == .validation)
            #expect(error?.message == message)
        }
    }

    @Test func tagsOfATableThatIsNotThereAreNotFound() async throws {
        try await withLeases { test in
            let arn = Self.arn + "s"
            for (action, rest) in [
                ("TagResource", #","Tags":[{"Key":"a","Value":"1"}]"#), ("UntagResource", #","TagKeys":["a"]"#),
                ("ListTagsOfResource", ""),
            ] {
                let error = await test.refusal(action, #"{"ResourceArn":"\#(arn)"\#(rest)}"#)
                #expect(error?.code == .resourceNotFound)
                #expect(error?.message == "Requested resource not found: ResourcArn: \(arn) not found")
            }
        }
    }

    @Test func aTableHasAtMostFiftyTags() async throws {
        try await withLeases { test in
            func tags(_ range: Range<Int>) -> String {
                range.map { #"{"Key":"key\#($0)","Value":""}"# }.joined(separator: ",")
            }
            _ = try await test.answer(
                "TagResource",
                #"{"ResourceArn":"\#(Self.arn)","Tags":[\#(tags(0..<Limits.maximumTagCount))]}"#
            )
            let error = await test.refusal(
                "TagResource",
                #"{"ResourceArn":"\#(Self.arn)","Tags":[\#(tags(99..<100))]}"#
            )
            #expect(error?.code == .validation)
        }
    }

    @Test func backupsAreSaidToBeKept() async throws {
        try await withLeases { test in
            let before = try await test.call(DescribeContinuousBackups.self, .init(tableName: "leases"))
            let point = before.continuousBackupsDescription.pointInTimeRecoveryDescription
            #expect(point.pointInTimeRecoveryStatus == "DISABLED")
            let enabled = try await test.call(
                UpdateContinuousBackups.self,
                .init(
                    tableName: "leases",
                    pointInTimeRecoverySpecification: .init(pointInTimeRecoveryEnabled: true)
                )
            ).continuousBackupsDescription.pointInTimeRecoveryDescription
            #expect(enabled.pointInTimeRecoveryStatus == "ENABLED")
            #expect(enabled.earliestRestorableDateTime?.millisecondsSinceEpoch == test.time.wallMilliseconds)
            let absent = await test.refusal("DescribeContinuousBackups", #"{"TableName":"absent"}"#)
            #expect(absent?.code == .tableNotFound)
            #expect(absent?.message == "Table not found: absent")
        }
    }
}
