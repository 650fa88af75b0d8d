import Testing
import WeirModel
import WeirService
import WeirWire

@Suite struct TagTests {
    private let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"

    @Test func tagsAreSetReplacedAndRemoved() async throws {
        try await withService { test in
            try await test.createStream()
            _ = try await test.call(AddTagsToStream.self, .init(streamName: "s", tags: ["team": "ops", "b": ""]))
            _ = try await test.call(TagResource.self, .init(tags: ["team": "web", "été": "1 + 1"], resourceARN: arn))
            let all = [Tag(key: "b", value: ""), Tag(key: "team", value: "web"), Tag(key: "été", value: "1 + 1")]
            #expect(try await test.call(ListTagsForStream.self, .init(streamName: "s")).tags == all)
            #expect(try await test.call(ListTagsForResource.self, .init(resourceARN: arn)).tags == all)
            _ = try await test.call(RemoveTagsFromStream.self, .init(streamName: "s", tagKeys: ["b", "nothing"]))
            _ = try await test.call(UntagResource.self, .init(tagKeys: ["été"], resourceARN: arn))
            let left = try await test.call(ListTagsForStream.self, .init(streamARN: arn))
            #expect(left.tags == [Tag(key: "team", value: "web")])
            #expect(!left.hasMoreTags)
        }
    }

    /// The value may have characters that no other tag has, and a wrong one is refused wherever tags of streams are set.
    @Test(arguments: [
        (
            "weir:durability", ["often", "interval(0)", "interval(60001)"],
            ["interval(1)", "interval:60000", "always", "interval(100)"],
            "always, or interval(N) or interval:N with N from 1 to 60000 milliseconds"
        ),
        ("weir:compression", ["", "gzip", "ZSTD", "true"], ["zstd", "none"], "none or zstd"),
        (
            "weir:segment-size", ["", "64 MiB", "1048575", "4294967297"], ["1048576", "4294967296"],
            "a number of bytes from 1048576 to 4294967296"
        ),
    ])
    func tagThatIsASettingHasAGrammar(key: String, wrong: [String], right: [String], grammar: String) async throws {
        try await withService { test in
            try await test.createStream()
            for value in wrong {
                let tags = #"{"\#(key)":"\#(value)"}"#
                for (action, body) in [
                    ("CreateStream", #"{"StreamName":"t","ShardCount":1,"Tags":\#(tags)}"#),
                    ("AddTagsToStream", #"{"StreamName":"s","Tags":\#(tags)}"#),
                    ("TagResource", #"{"ResourceARN":"\#(arn)","Tags":\#(tags)}"#),
                ] {
                    let refusal = await test.refusal(action, body)
                    #expect(refusal?.code == .invalidArgument)
                    #expect(
                        refusal?.message == "The value '\(value)' of the tag \(key) is not valid: it is \(grammar)."
                    )
                }
            }
            for value in right {
                _ = try await test.call(AddTagsToStream.self, .init(streamName: "s", tags: [key: value]))
                let listed = try await test.call(ListTagsForStream.self, .init(streamName: "s")).tags
                #expect(listed == [Tag(key: key, value: value)])
            }
            _ = try await test.call(UntagResource.self, .init(tagKeys: [key], resourceARN: arn))
            #expect(try await test.call(ListTagsForStream.self, .init(streamName: "s")).tags.isEmpty)
        }
    }

    @Test func tagsAreListedPageByPage() async throws {
        try await withService { test in
            let tags = Dictionary(uniqueKeysWithValues: (10..<60).map { ("key-\($0)", "\($0)") })
            _ = try await test.call(CreateStream.self, .init(streamName: "s", shardCount: 1, tags: tags))
            var keys: [String] = []
            var pages = 0
            while true {
                let request = ListTagsForStream.Request(streamName: "s", exclusiveStartTagKey: keys.last, limit: 20)
                let page = try await test.call(ListTagsForStream.self, request)
                keys += page.tags.map(\.key)
                pages += 1
                guard page.hasMoreTags else { break }
            }
            #expect(keys == tags.keys.sorted())
            #expect(pages == 3)
        }
    }

    @Test func fiftyTagsAreTakenAndOneMoreRefused() async throws {
        try await withService { test in
            let mode = StreamModeDetails(streamMode: "ON_DEMAND")
            _ = try await test.call(CreateStream.self, .init(streamName: "s", streamModeDetails: mode))
            let tags = Dictionary(uniqueKeysWithValues: (0..<50).map { ("key-\($0)", "") })
            _ = try await test.call(AddTagsToStream.self, .init(streamName: "s", tags: tags))
            // One that is there already is no more.
            _ = try await test.call(AddTagsToStream.self, .init(streamName: "s", tags: ["key-7": "seven"]))
            let refusal = await test.refusal("AddTagsToStream", #"{"StreamName":"s","Tags":{"more":""}}"#)
            #expect(refusal?.code == .invalidArgument)
            #expect(
                refusal?.message == """
                    Failed to add tags to stream s under account 000000000000 because a given stream cannot have more \
                    than 50 tags associated with it.
                    """
            )
            let listed = try await test.call(ListTagsForResource.self, .init(resourceARN: arn)).tags
            #expect(listed.count == 50)
            #expect(listed.contains(Tag(key: "key-7", value: "seven")))
            let summary = try await test.call(DescribeStreamSummary.self, .init(streamName: "s"))
            #expect(summary.streamDescriptionSummary.streamModeDetails == mode)
        }
    }

    @Test(arguments: [
        ("AddTagsToStream", #"{"StreamName":"s"}"#, ServiceError.Code.validation),
        ("AddTagsToStream", #"{"StreamName":"s","Tags":{}}"#, .validation),
        ("AddTagsToStream", #"{"Tags":{"a":"b"}}"#, .validation),
        ("AddTagsToStream", #"{"StreamName":"s","Tags":{"":"b"}}"#, .invalidArgument),
        ("AddTagsToStream", #"{"StreamName":"s","Tags":{"a":"<b>"}}"#, .invalidArgument),
        ("AddTagsToStream", #"{"StreamName":"s","Tags":{"aws:a":"b"}}"#, .invalidArgument),
        ("AddTagsToStream", #"{"StreamName":"absent","Tags":{"a":"b"}}"#, .resourceNotFound),
        ("RemoveTagsFromStream", #"{"StreamName":"s","TagKeys":[]}"#, .validation),
        ("RemoveTagsFromStream", #"{"StreamName":"s","TagKeys":["aws:a"]}"#, .invalidArgument),
        ("RemoveTagsFromStream", #"{"StreamName":"absent","TagKeys":["a"]}"#, .resourceNotFound),
        ("ListTagsForStream", #"{"StreamName":"s","Limit":51}"#, .validation),
        ("ListTagsForStream", #"{"StreamName":"s","Limit":0}"#, .validation),
        ("ListTagsForStream", #"{"StreamName":"s","ExclusiveStartTagKey":""}"#, .validation),
        ("ListTagsForStream", #"{"StreamName":"absent"}"#, .resourceNotFound),
        ("TagResource", #"{"ResourceARN":"arn:aws:s3:::b","Tags":{"a":"b"}}"#, .validation),
        ("TagResource", #"{"Tags":{"a":"b"}}"#, .validation),
        (
            "ListTagsForResource",
            #"{"ResourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1"}"#, .resourceNotFound
        ),
        (
            "ListTagsForResource", #"{"ResourceARN":"arn:aws:kinesis:us-east-1:000000000000:queue/q"}"#,
            .resourceNotFound
        ),
        (
            "UntagResource", #"{"ResourceARN":"arn:aws:kinesis:eu-west-1:000000000000:stream/s","TagKeys":["a"]}"#,
            .resourceNotFound
        ),
    ])
    func badTagsAreRefused(action: String, body: String, code: ServiceError.Code) async throws {
        try await withService { test in
            try await test.createStream()
            #expect(await test.refusal(action, body)?.code == code)
        }
    }

    @Test(arguments: [
        (["k": 1], true), (["k": 128], true), (["k": 129], false), (["v": 0], true), (["v": 256], true),
        (["v": 257], false), (["n": 200], false), (["n": 201], false),
    ])
    func lengthsAreHeld(size: [String: Int], isTaken: Bool) async throws {
        try await withService { test in
            try await test.createStream()
            var tags: [String: String] = [:]
            if let length = size["k"] { tags[String(repeating: "k", count: length)] = "" }
            if let length = size["v"] { tags["k"] = String(repeating: "v", count: length) }
            if let count = size["n"] { for number in 0..<count { tags["\(number)"] = "" } }
            var error: ServiceError?
            do throws(ServiceError) {
                _ = try await test.call(AddTagsToStream.self, .init(streamName: "s", tags: tags))
            } catch let failure {
                error = failure
            }
            #expect((error == nil) == isTaken)
            // 200 of a call pass the first check, and are too many for a stream; 201 do not.
            if let count = size["n"] { #expect(error?.code == (count == 200 ? .invalidArgument : .validation)) }
        }
    }
}
