import NIOCore
import NIOHTTP1
import Synchronization
import Testing
import WeirModel
import WeirSigning
import WeirWire

@testable import WeirClient

private let keys = ["AWS_ACCESS_KEY_ID": "ENVIRONMENT", "AWS_SECRET_ACCESS_KEY": "s"]
private let webIdentity = [
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/web",
]

@Suite(.timeLimit(.minutes(5))) struct CredentialChainTests {
    /// Asks the whole chain, with all services on one port.
    private func lookUp(
        _ variables: [String: String],
        url: String,
        time: VirtualTime = VirtualTime()
    ) throws -> CredentialChain {
        try environment(variables, url: url)
            .credentials(region: "eu-west-1", seams: ClientSeams(time: time, jitter: { 0 }))
    }

    private func environment(_ variables: [String: String], url: String) -> ClientEnvironment {
        let base = [
            "HOME": "/home/me", "AWS_ENDPOINT_URL_STS": url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": url,
        ]
        let files = [
            "/home/me/.aws/config": profilesOfEveryKind, "/token": "web-token", "/pod-token": "pod-token",
            "/bad": "a\nb",
        ]
        return ClientEnvironment(variables: base.merging(variables) { _, given in given }) {
            path throws(ServiceError) in files[path]
        }
    }

    private func key(_ variables: [String: String], url: String) async throws -> String? {
        try await lookUp(variables, url: url).credentials().signingCredentials()?.accessKeyID
    }

    private func container(_ url: String) -> [String: String] {
        ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(url)/container?id=1"]
    }

    @Test func theOrderIsThatOfTheSDKs() async throws {
        let fake = FakeAWS()
        try await withAnsweringServer({ fake.reply($0) }) { _, url in
            func expect(_ parts: [[String: String]], _ expected: String) async throws {
                let variables = parts.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
                let found = try await key(variables, url: url)
                #expect(found == expected)
            }
            let profile = ["AWS_PROFILE": "base"]
            try await expect([keys, webIdentity, profile, container(url)], "ENVIRONMENT")
            try await expect([webIdentity, profile, container(url)], "web-by-web-token")
            try await expect([profile, container(url)], "BASE")
            try await expect([container(url)], "CONTAINER")
            try await expect([], "INSTANCE")
        }
    }

    @Test(arguments: [
        ("base", "BASE"), ("role", "reader-by-BASE"), ("second", "second-by-reader-by-BASE"),
        ("itself", "itself-by-OWN"), ("of-instance", "chained-by-INSTANCE"), ("of-container", "chained-by-CONTAINER"),
        ("web", "web-by-web-token"), ("process", "PROCESS"),
    ]) func aProfileMayNameManySources(profile: String, expected: String) async throws {
        let fake = FakeAWS()
        try await withAnsweringServer({ fake.reply($0) }) { _, url in
            let variables = container(url).merging(["AWS_PROFILE": profile]) { first, _ in first }
            let found = try await key(variables, url: url)
            #expect(found == expected)
        }
    }

    @Test func aRoleMayBeAssumedWithTheKeysOfTheEnvironmentWhenTheProfileIsNamed() async throws {
        let fake = FakeAWS()
        try await withAnsweringServer({ fake.reply($0) }) { _, url in
            let environment = environment(keys, url: url)
            let profiles = try environment.profiles()
            let profile = try #require(profiles["of-environment"])
            let resolver = ProfileResolver(
                environment: environment,
                profiles: profiles,
                profile: profile,
                region: "eu-west-1",
                seams: ClientSeams(time: VirtualTime())
            )
            let credentials = try await resolver.provider(of: profile).credentials().signingCredentials()
            #expect(credentials?.accessKeyID == "chained-by-ENVIRONMENT")
        }
    }

    @Test func aRoleIsAskedForAsTheProfileSays() async throws {
        let fake = FakeAWS()
        try await withAnsweringServer({ fake.reply($0) }) { server, url in
            let credentials = try await lookUp(["AWS_PROFILE": "role"], url: url).credentials().signingCredentials()
            #expect(credentials?.secretAccessKey == "a&b")
            #expect(credentials?.sessionToken == "token")
            let request = try #require(server.requests.first)
            #expect(
                String(buffer: request.body)
                    == "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Freader"
                    + "&RoleSessionName=night-shift&ExternalId=a%2Fb%20c&DurationSeconds=900&Version=2011-06-15"
            )
            #expect(request.header("content-type") == "application/x-www-form-urlencoded; charset=utf-8")
            let authorization = request.header("authorization") ?? ""
            #expect(authorization.contains("Credential=BASE/20260228/eu-west-1/sts/aws4_request"))
        }
    }

    @Test func aWebIdentityIsItsOwnProof() async throws {
        let fake = FakeAWS()
        try await withAnsweringServer({ fake.reply($0) }) { server, url in
            _ = try await key(webIdentity, url: url)
            let request = try #require(server.requests.first)
            #expect(request.header("authorization") == nil)
            #expect(
                String(buffer: request.body)
                    == "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fweb"
                    + "&RoleSessionName=weir-1772323199&WebIdentityToken=web-token&Version=2011-06-15"
            )
        }
    }

    @Test(
        arguments: [
            (nil, "pod-token", nil), ("/pod-token", "unused", nil), (nil, nil, "HTTP status 401. who are you?"),
            (nil, "unused", "HTTP status 401"), ("/bad", "pod-token", "line break"),
            ("/nowhere", "pod-token", "missing"),
        ] as [(String?, String?, String?)]
    ) func aPodShowsItsToken(file: String?, token: String?, refusal: String?) async throws {
        let fake = FakeAWS()
        try await withAnsweringServer({ fake.reply($0) }) { _, url in
            var parts = ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(url)/pod"]
            parts["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = file
            parts["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = token
            let variables = parts
            if let refusal {
                let error = await #expect(throws: ServiceError.self) { try await key(variables, url: url) }
                #expect(error?.message.contains(refusal) == true)
            } else {
                let found = try await key(variables, url: url)
                #expect(found == "POD")
            }
        }
    }

    @Test(
        arguments: [
            ("/v2/credentials?id=1", nil, "http://169.254.170.2/v2/credentials?id=1"),
            ("/a", "http://evil.example", "http://169.254.170.2/a"),
            (nil, "https://example.com/x?y=z", "https://example.com/x?y=z"),
            (nil, "http://169.254.170.23/v1/credentials", "http://169.254.170.23/v1/credentials"),
            (nil, "http://[fd00:ec2::23]/v1", "http://[fd00:ec2::23]/v1"),
            (nil, "http://localhost:81/", "http://localhost:81/"), (nil, "http://127.9.9.9/", "http://127.9.9.9/"),
            (nil, "http://[::1]:8080/", "http://[::1]:8080/"), (nil, nil, nil),
        ] as [(String?, String?, String?)]
    ) func aContainerIsAskedWhereItMayBe(
        relative: String?,
        full: String?,
        expected: String?
    ) throws {
        var variables: [String: String] = [:]
        variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = relative
        variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = full
        #expect(try ContainerCredentialSource.url(ClientEnvironment(variables: variables)) == expected)
    }

    @Test(arguments: [
        "http://example.com/", "http://169.254.170.3/", "http://127.evil.example/", "http://[fd00:ec2::24]/", "ftp://a",
        "http://localhost.example.com/", "http://10.0.0.1/",
    ]) func nobodyElseIsAskedInPlainText(url: String) {
        let environment = ClientEnvironment(variables: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
        let error = #expect(throws: ServiceError.self) { try ContainerCredentialSource.url(environment) }
        #expect(error?.code == .configuration)
    }

    @Test(arguments: [
        ("sso", "aws configure export-credentials --profile sso"), ("mfa", "MFA device"), ("round", "in a circle"),
        ("both", "both source_profile and credential_source"), ("neither", "neither source_profile"),
        ("nobody", "'nowhere'"), ("odd", "'Moon'"), ("failing", "exit status 3"), ("old-process", "Version 1"),
        ("no-process", "cannot be run"), ("denied", "AccessDenied: not \"you\""),
        ("empty-base", "profile 'default' of the shared files has no aws_access_key_id"),
    ]) func whatIsWrongWithAProfileIsSaid(profile: String, reason: String) async throws {
        let fake = FakeAWS()
        try await withAnsweringServer({ fake.reply($0) }) { _, url in
            let chain = try lookUp(["AWS_PROFILE": profile], url: url)
            let error = await #expect(throws: ServiceError.self) { try await chain.credentials() }
            #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
            // What is never asked harms nobody.
            let found = try await key(["AWS_PROFILE": profile].merging(keys) { _, new in new }, url: url)
            #expect(found == "ENVIRONMENT")
        }
    }

    @Test func anInstanceWithoutARoleHasNoCredentials() async throws {
        try await withAnsweringServer {
            $0.head.method == .PUT ? .answer(status: 200, body: "t") : .answer(status: 404, body: "")
        } _: { server, url in
            let error = await #expect(throws: ServiceError.self) { try await key([:], url: url) }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains("the instance has no role") == true)
            #expect(server.requests.count == 2)
            let disabled = await #expect(throws: ServiceError.self) {
                try await key(["AWS_EC2_METADATA_DISABLED": "true"], url: url)
            }
            #expect(disabled?.message.contains("AWS_EC2_METADATA_DISABLED") == true)
            #expect(server.requests.count == 2)
        }
    }

    @Test func aTokenThatGetsLostIsExplained() async throws {
        try await withScriptedServer { _ in
            .silence
        } _: { _, url in
            let error = await #expect(throws: ServiceError.self) { try await key([:], url: url) }
            #expect(error?.message.contains("hop limit") == true)
        }
    }

    @Test func aMetadataServiceIsAskedAsOftenAsIsSaid() async throws {
        try await withScriptedServer { _ in
            .close
        } _: { server, url in
            _ = try? await key(["AWS_METADATA_SERVICE_NUM_ATTEMPTS": "3"], url: url)
            #expect(server.requests.count == 3)
        }
    }

    @Test func expiredCredentialsOfAnInstanceAreUsedWhileThereAreNoOthers() async throws {
        let fake = FakeAWS(expiration: "2026-02-28T23:00:00Z")
        try await withAnsweringServer({ fake.reply($0) }) { server, url in
            let time = VirtualTime()
            let chain = try lookUp([:], url: url, time: time)
            #expect(try await chain.credentials().signingCredentials()?.accessKeyID == "INSTANCE")
            #expect(server.requests.count == 3)
            fake.goDown()
            try await time.sleep(for: .seconds(3600))
            #expect(try await chain.credentials().signingCredentials()?.accessKeyID == "INSTANCE")
        }
    }

    @Test func expiredCredentialsOfAContainerAreNone() async throws {
        let fake = FakeAWS(expiration: "2026-02-28T23:00:00Z")
        try await withAnsweringServer({ fake.reply($0) }) { _, url in
            let error = await #expect(throws: ServiceError.self) { try await key(container(url), url: url) }
            #expect(error?.message.contains("expired already") == true)
        }
    }

    @Test func aRoleIsAssumedAgainBeforeItExpires() async throws {
        let fake = FakeAWS(expiration: "2026-03-01T00:59:59Z")
        try await withAnsweringServer({ fake.reply($0) }) { server, url in
            let time = VirtualTime()
            let chain = try lookUp(["AWS_PROFILE": "role"], url: url, time: time)
            for minutes in [0, 44] {
                try await time.sleep(for: .seconds(minutes * 60))
                _ = try await chain.credentials()
                #expect(server.requests.count == 1)
            }
            try await time.sleep(for: .seconds(7 * 60))
            _ = try await chain.credentials()
            #expect(server.requests.count == 2)
        }
    }

    @Test func theServiceThatGivesCredentialsHasTheClock() async throws {
        // By its clock they are good for an hour; by that of this machine they expired long ago.
        let fake = FakeAWS(expiration: "2026-02-01T01:00:00Z")
        try await withAnsweringServer { request in
            guard case .answer(let status, let body, _) = fake.reply(request) else { return .close }
            return .answer(status: status, body: body, headers: [("date", "Sun, 01 Feb 2026 00:00:00 GMT")])
        } _: { server, url in
            let chain = try lookUp(["AWS_PROFILE": "web"], url: url)
            #expect(try await chain.credentials().signingCredentials() != nil)
            _ = try await chain.credentials()
            #expect(server.requests.count == 1)
        }
    }

    @Test func onlyAWSIsCalledWithWhatServicesGive() async throws {
        let fake = FakeAWS()
        try await withAnsweringServer({ fake.reply($0) }) { server, url in
            let environment = environment(container(url), url: url)
            let own = try environment.configuration(for: .kinesis, endpoint: "http://127.0.0.1:4567")
            #expect(try await own.credentials.credentials().signingCredentials() == nil)
            #expect(server.requests.isEmpty)
            let aws = try environment.configuration(for: .kinesis)
            #expect(try await aws.credentials.credentials().signingCredentials()?.accessKeyID == "CONTAINER")
        }
    }

    @Test(arguments: [
        ("a b  c", ["a", "b", "c"]), (#"a 'b c' "d e""#, ["a", "b c", "d e"]), (#"a\ b 'c\d'"#, ["a b", #"c\d"#]),
        (#""a\"b" "c\d" ''"#, [#"a"b"#, #"c\d"#, ""]), ("", []), ("  ", []), (#"x'y'"z""#, ["xyz"]),
    ]) func aProgramsWordsAreToldApart(command: String, words: [String]) {
        #expect(ProcessCredentialSource.words(command) == words)
    }
}
