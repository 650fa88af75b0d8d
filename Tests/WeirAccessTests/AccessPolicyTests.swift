import Testing
import WeirModel
import WeirWire

@testable import WeirAccess

@Suite struct WildcardPatternTests {
    @Test(arguments: [
        ("*", "", true), ("*", "anything", true), ("", "", true), ("", "a", false), ("a", "a", true), ("a", "A", false),
        ("a", "ab", false), ("?", "", false), ("?", "a", true), ("?", "ab", false), ("a*", "a", true),
        ("a*", "abc", true),
        ("*c", "abc", true), ("*c", "abd", false), ("a*c*e", "abcde", true), ("a*c*e", "abcd", false),
        ("**", "x", true), ("a**b", "ab", true), ("*?", "a", true), ("*?", "", false), ("?*", "ab", true),
        ("*ab", "aab", true), ("*aab", "aaab", true), ("a?c", "abc", true), ("a?c", "ac", false),
        ("stream/flights-*", "stream/flights-", true), ("stream/flights-*", "stream/flight", false),
        ("kinesis:*", "kinesis:PutRecord", true), ("é*", "éa", true),
    ])
    func matches(pattern: String, text: String, isMatch: Bool) {
        #expect(WildcardPattern(pattern).matches(text) == isMatch)
    }

    @Test func mayIgnoreCase() {
        #expect(WildcardPattern("KINESIS:put*", ignoresCase: true).matches("kinesis:PutRecord"))
    }

    @Test func manyStarsDoNotTakeForever() {
        let pattern = WildcardPattern(String(repeating: "*a", count: 200) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 2000)))
    }
}

@Suite struct AccessPolicyTests {
    static let policy = AccessPolicy([
        .init(effect: .allow, actions: ["kinesis:Put*", "KINESIS:getrecords"], resources: ["stream/flights-*"]),
        .init(effect: .allow, actions: ["kinesis:List*"], resources: ["*"]),
        .init(effect: .allow, actions: ["*"], resources: ["arn:aws:dynamodb:eu-*:000000000000:table/leases"]),
        .init(effect: .deny, actions: ["kinesis:*"], resources: ["stream/flights-secret"]),
    ])

    @Test(arguments: [
        ("kinesis:PutRecord", "arn:aws:kinesis:us-east-1:000000000000:stream/flights-1", AccessPolicy.Decision.allowed),
        ("kinesis:PutRecords", "arn:aws:kinesis:eu-west-1:123456789012:stream/flights-", .allowed),
        ("kinesis:GetRecords", "arn:aws:kinesis:us-east-1:000000000000:stream/flights-1", .allowed),
        ("kinesis:DeleteStream", "arn:aws:kinesis:us-east-1:000000000000:stream/flights-1", .notAllowed),
        ("kinesis:PutRecord", "arn:aws:kinesis:us-east-1:000000000000:stream/other", .notAllowed),
        ("dynamodb:PutItem", "arn:aws:kinesis:us-east-1:000000000000:stream/flights-1", .notAllowed),
        ("kinesis:PutRecord", "arn:aws:kinesis:us-east-1:000000000000:stream/flights-secret", .denied),
        ("kinesis:ListShards", "arn:aws:kinesis:us-east-1:000000000000:stream/flights-secret", .denied),
        ("kinesis:ListShards", "arn:aws:kinesis:us-east-1:000000000000:stream/other", .allowed),
        ("kinesis:ListStreams", "*", .allowed),
        ("kinesis:PutRecord", "*", .notAllowed),
        ("dynamodb:Scan", "arn:aws:dynamodb:eu-west-1:000000000000:table/leases", .allowed),
        ("dynamodb:Scan", "arn:aws:dynamodb:us-east-1:000000000000:table/leases", .notAllowed),
        ("dynamodb:Scan", "arn:aws:dynamodb:eu-west-1:000000000000:table/leases2", .notAllowed),
    ])
    func decides(action: String, resource: String, decision: AccessPolicy.Decision) {
        #expect(Self.policy.decide(action, on: resource) == decision)
    }

    @Test func nothingIsAllowedByNothing() {
        #expect(AccessPolicy([]).decide("kinesis:ListStreams", on: "*") == .notAllowed)
        #expect(AccessPolicy.everything.decide("kinesis:ListStreams", on: "*") == .allowed)
    }

    @Test func aRefusalIsInTheWordsOfAWS() {
        let caller = Caller(user: "producer", account: "123456789012", policy: Self.policy)
        let stream = "arn:aws:kinesis:us-east-1:123456789012:stream"
        let notAllowed = #expect(throws: ServiceError.self) {
            try caller.authorize("kinesis:PutRecord", on: "\(stream)/x")
        }
        #expect(notAllowed?.code == .accessDenied)
        #expect(
            notAllowed?.message == """
                User: arn:aws:iam::123456789012:user/producer is not authorized to perform: kinesis:PutRecord on \
                resource: \(stream)/x because no identity-based policy allows the kinesis:PutRecord action
                """
        )
        let denied = #expect(throws: ServiceError.self) {
            try caller.authorize("kinesis:PutRecord", on: "\(stream)/flights-secret")
        }
        #expect(denied?.message.hasSuffix("flights-secret with an explicit deny in an identity-based policy") == true)
        #expect(throws: Never.self) { try caller.authorize("kinesis:PutRecord", on: "\(stream)/flights-1") }
    }

    @Test(arguments: [
        ("*", "arn:", true), ("", "", true), ("", "a", false), ("ab", "a", true), ("ab", "ab", true),
        ("ab", "abc", false),
        ("a*", "abc", true), ("*b", "xyz", true), ("a?c", "ax", true), ("a?c", "axd", false), ("a*c?", "abcabc", true),
        ("arn:*:*:*:*:stream/s", "arn:aws:kinesis:eu-west-1:0:", true),
        ("arn:aws:kinesis:us-*:0:stream/s", "arn:aws:kinesis:eu-west-1:0:", false),
    ])
    func aPatternMatchesSomethingThatBeginsSo(pattern: String, beginning: String, matches: Bool) {
        #expect(WildcardPattern(pattern).matchesSomething(beginningWith: beginning) == matches)
    }

    @Test func aPolicyThatForbidsAllowsNothing() {
        let prefix = "arn:aws:kinesis:us-east-1:000000000000:"
        let forbids = AccessPolicy([.init(effect: .deny, actions: ["*"], resources: ["*"])])
        func allowsAnything(_ policy: AccessPolicy) -> Bool {
            policy.allowsAnything(actionsBeginningWith: "kinesis:", onResourcesBeginningWith: prefix)
        }
        #expect(!allowsAnything(forbids))
        #expect(allowsAnything(.everything))
        #expect(!allowsAnything(AccessPolicy([])))
        for (action, isOfKinesis) in [
            ("weir:Metrics", false), ("cloudwatch:PutMetricData", false), ("dynamodb:*", false),
            ("Kinesis:Put*", true), ("*:ListStreams", true),
        ] {
            let policy = AccessPolicy([.init(effect: .allow, actions: [action], resources: ["*"])])
            #expect(allowsAnything(policy) == isOfKinesis, "\(action)")
        }
    }
}
