import Synchronization
import Testing
import WeirProcess
import WeirRuntime
import WeirTLSFixtures
import WeirTesting

/// The real program over TLS.
@Suite(.timeLimit(.minutes(5))) struct LiveTLSTests {
    private func run(_ script: String, _ environment: [String: String]) async throws -> ([String], ChildTermination) {
        let lines = Mutex<[String]>([])
        let termination = try await ChildProcess.run(
            "/bin/sh",
            arguments: ["-c", "exec 2>&1; \(script)"],
            environment: environment.merging([
                "WEIR": ScratchFolder.weirExecutable, "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            ]) { first, _ in first },
            output: .lines { line in lines.withLock { $0.append(line) } }
        )
        return (lines.withLock(\.self), termination)
    }

    @Test func theCommandsTrustWhatTheyAreTold() async throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        let (chain, key) = ("\(folder.path)/chain.pem", "\(folder.path)/key.pem")
        try TestCertificate(at: SystemTime().wallMilliseconds).write(certificate: chain, key: key)
        try TestCertificate(at: SystemTime().wallMilliseconds).write(
            certificate: "\(folder.path)/other.pem",
            key: "\(folder.path)/other-key.pem"
        )
        let path = folder.path
        let (_, termination) = try await LiveServer.withServer(
            executable: ScratchFolder.weirExecutable,
            data: path + "/data",
            arguments: ["--create", "flights:2", "--tls-certificate", chain, "--tls-key", key]
        ) { server in
            #expect(server.endpoint.hasPrefix("https://127.0.0.1:"))
            let put = "echo hello | $WEIR put flights && $WEIR tail flights --from trim-horizon --limit 1"
            let endpoint = ["AWS_ENDPOINT_URL": server.endpoint]
            let trusting = endpoint.merging(["AWS_CA_BUNDLE": chain]) { first, _ in first }
            let (lines, ended) = try await run(put, trusting)
            #expect(ended == .exited(0))
            #expect(lines.contains { $0.contains("hello") })
            // Another certificate, and another name than those that it is for.
            let list = "timeout 60 $WEIR stream list; echo status $?"
            let strange = endpoint.merging(["AWS_CA_BUNDLE": "\(path)/other.pem"]) { first, _ in first }
            #expect(try await run(list, strange).0.last == "status 1")
            let renamed = server.endpoint.replacing("127.0.0.1", with: "127.0.0.2")
            let misnamed = trusting.merging(["AWS_ENDPOINT_URL": renamed]) { _, second in second }
            #expect(try await run(list, misnamed).0.last == "status 1")
        }
        #expect(termination == .exited(0))
    }
}
