import Testing
import WeirModel
import WeirSigning
import WeirWire

@testable import WeirAccess

/// Policies that are attached to resources.
@Suite struct ResourcePolicyTests {
    private static let queue = "arn:aws:kinesis:us-east-1:000000000000:queue/abc"
    private static let user = ResourcePolicy.User(arn: "arn:aws:iam::000000000000:user/reader", account: "000000000000")

    private static func policy(_ members: String, effect: String = "Allow") -> String {
        #"{"Version":"2012-10-17","Statement":[{"Effect":"\#(effect)",\#(members)}]}"#
    }

    private func decide(_ policy: String, _ action: String = "kinesis:ReceiveQueueRecords") -> AccessPolicy.Decision {
        ResourcePolicy(policy).decide(action, on: Self.queue, by: Self.user)
    }

    /// Whom a statement means: to whom it allows something, and to whom it denies something.
    @Test(
        arguments: [
            (#""Principal":"*""#, true, true), (#""Principal":{"AWS":"*"}"#, true, true),
            (#""Principal":{"AWS":"arn:aws:iam::000000000000:user/reader"}"#, true, true),
            (#""Principal":{"AWS":["arn:aws:iam::1:root","arn:aws:iam::000000000000:user/reader"]}"#, true, true),
            (#""Principal":{"AWS":"arn:aws:iam::000000000000:user/readers"}"#, false, false),
            (#""Principal":{"AWS":"arn:aws:iam::000000000000:user/*"}"#, false, false),
            (#""Principal":{"AWS":"arn:aws:iam::111111111111:user/reader"}"#, false, false),
            (#""Principal":{"AWS":"111111111111"}"#, false, false),
            (#""Principal":{"Service":"lambda.amazonaws.com"}"#, false, false),
            (#""Principal":{"Service":"*"}"#, false, false),
            // The account may allow it to its users, and has not by that.
            (#""Principal":{"AWS":"000000000000"}"#, false, true),
            (#""Principal":{"AWS":"arn:aws:iam::000000000000:root"}"#, false, true),
            (#""NotPrincipal":{"AWS":"arn:aws:iam::000000000000:user/reader"}"#, false, false),
            (#""NotPrincipal":{"AWS":"arn:aws:iam::000000000000:user/other"}"#, true, true),
            (#""NotPrincipal":{"AWS":"000000000000"}"#, false, true),
            // What it depends on is not judged: neither does it let anybody in.
            (#""Principal":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#, false, true),
        ]
    )
    func aStatementMeansUsers(principal: String, isAllowed: Bool, isDenied: Bool) {
        let members = principal + #","Action":"kinesis:*""#
        #expect(decide(Self.policy(members)) == (isAllowed ? .allowed : .notAllowed))
        #expect(decide(Self.policy(members, effect: "Deny")) == (isDenied ? .denied : .notAllowed))
    }

    @Test(
        arguments: [
            (#""Action":"kinesis:ReceiveQueueRecords""#, true), (#""Action":"KINESIS:receive*""#, true),
            (#""Action":["kinesis:DeleteQueue","kinesis:ReceiveQueueRecord?"]"#, true), (#""Action":"*""#, true),
            (#""Action":"kinesis:DeleteQueue""#, false), (#""Action":[]"#, false), (#""Action":5"#, false),
            (#""NotAction":"kinesis:DeleteQueue""#, true), (#""NotAction":"kinesis:*""#, false),
            (#""Action":"kinesis:*","Resource":"arn:aws:kinesis:us-east-1:000000000000:queue/abc""#, true),
            (#""Action":"kinesis:*","Resource":"arn:aws:kinesis:*:*:queue/*""#, true),
            (#""Action":"kinesis:*","Resource":["arn:aws:kinesis:us-east-1:000000000000:queue/abd"]"#, false),
            (#""Action":"kinesis:*","NotResource":"*""#, false),
            (#""Action":"kinesis:*","NotResource":"arn:aws:kinesis:us-east-1:000000000000:queue/abd""#, true),
        ]
    )
    func aStatementCoversActionsAndResources(members: String, isCovered: Bool) {
        #expect(decide(Self.policy(#""Principal":"*","# + members)) == (isCovered ? .allowed : .notAllowed))
    }

    @Test func aDenyCountsWhateverOthersSay() {
        let text = #"""
            {"Statement":[{"Effect":"Deny","Principal":"*","Action":"kinesis:DeleteQueue"},
            {"Effect":"Allow","Principal":"*","Action":"kinesis:*"}]}
            """#
        #expect(decide(text) == .allowed)
        #expect(decide(text, "kinesis:DeleteQueue") == .denied)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"Statement":{}}"#, #"{"Statement":["a"]}"#, #"{"Statement":[{"Effect":"allow"}]}"#,
    ])
    func whatIsNoPolicySaysNothing(text: String) { #expect(decide(text) == .notAllowed) }

    private static let nothing = AccessPolicy([])
    private static let denial = AccessPolicy([.init(effect: .deny, actions: ["*"], resources: ["*"])])
    private static let allow = policy(#""Principal":"*","Action":"*""#)
    private static let deny = policy(#""Principal":"*","Action":"*""#, effect: "Deny")

    /// Either of both policies may allow something, and either may forbid it.
    @Test(
        arguments: [
            (AccessPolicy.everything, nil, nil), (.everything, allow, nil), (nothing, allow, nil),
            (nothing, nil, "because no identity-based policy allows the kinesis:DeleteQueue action"),
            (nothing, "{}", "because no identity-based policy allows the kinesis:DeleteQueue action"),
            (.everything, deny, "with an explicit deny in a resource-based policy"),
            (denial, allow, "with an explicit deny in an identity-based policy"),
            (denial, deny, "with an explicit deny in an identity-based policy"),
        ] as [(AccessPolicy, String?, String?)]
    )
    func bothPoliciesAreAsked(own: AccessPolicy, attached: String?, refusal: String?) throws {
        let caller = Caller(user: "reader", account: "000000000000", policy: own)
        guard let refusal else {
            return try caller.authorize("kinesis:DeleteQueue", on: Self.queue, resourcePolicy: attached)
        }
        let error = #expect(throws: ServiceError.self) {
            try caller.authorize("kinesis:DeleteQueue", on: Self.queue, resourcePolicy: attached)
        }
        let user = "User: arn:aws:iam::000000000000:user/reader is not authorized to perform: kinesis:DeleteQueue"
        #expect(error?.code == .accessDenied && error?.message == "\(user) on resource: \(Self.queue) \(refusal)")
    }

    /// Who was let through by the policy of a resource keeps that when its key allows less.
    @Test func aWatchedCallerKeepsWhatTheResourceAllows() throws {
        let credentials = Credentials(accessKeyID: "READER", secretAccessKey: "0123456789abcdef")
        func key(_ policy: AccessPolicy) -> AccessKey {
            AccessKey(credentials: credentials, user: "reader", policy: policy)
        }
        let caller = WatchedCaller(Caller(key(.everything), account: "000000000000"))
        try caller.authorize("kinesis:ReceiveQueueRecords", on: Self.queue, resourcePolicy: Self.allow)
        #expect(caller.isStillAllowed(by: key(Self.nothing)) && !caller.isStillAllowed(by: key(Self.denial)))
        try caller.authorize("kinesis:ListQueues", on: "*")
        #expect(caller.isStillAllowed(by: key(.everything)) && !caller.isStillAllowed(by: key(Self.nothing)))
    }
}
