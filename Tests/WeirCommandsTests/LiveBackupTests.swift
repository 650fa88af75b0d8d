import FoundationEssentials
import Synchronization
import Testing
import WeirProcess
import WeirTesting

/// `weir backup` of the real server, with real processes.
@Suite(.timeLimit(.minutes(10))) struct LiveBackupTests {
    private static let settings = ["AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"]

    private func run(_ script: String, _ server: LiveServer, _ environment: [String: String] = [:]) async throws
        -> (lines: [String], termination: ChildTermination)
    {
        let lines = Mutex<[String]>([])
        let own = ["WEIR": ScratchFolder.weirExecutable, "AWS_ENDPOINT_URL": server.endpoint]
        let termination = try await ChildProcess.run(
            "/bin/sh",
            arguments: ["-c", "exec 2>&1; \(script)"],
            environment: Self.settings.merging(own) { $1 }.merging(environment) { $1 },
            output: .lines { line in lines.withLock { $0.append(line) } }
        )
        return (lines.withLock(\.self), termination)
    }

    @Test func aCopyMadeUnderLoadIsServed() async throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        let (path, copy) = (folder.path, "\(folder.path)/backups/monday")
        try FileManager.default.createDirectory(atPath: "\(path)/backups", withIntermediateDirectories: false)
        let (_, termination) = try await LiveServer.withServer(
            executable: ScratchFolder.weirExecutable,
            data: "\(path)/data",
            arguments: ["--create", "flights:2", "--backups", "\(path)/backups"]
        ) { server in
            // A writer goes on until the backup has ended; what it put before is acknowledged.
            let made = try await run(
                """
                seq 1000 | $WEIR put flights || exit 9
                (while [ ! -e \(path)/over ]; do seq 2001 2020 | $WEIR put flights > \(path)/load; done) &
                until [ -s \(path)/load ]; do :; done
                $WEIR backup monday; status=$?
                : > \(path)/over; wait; exit $status
                """,
                server
            )
            #expect(made.termination == .exited(0), "\(made.lines)")
            #expect(made.lines.last?.hasPrefix("\(copy): 1 stream, ") == true)
            let verified = try await run("$WEIR log verify \(copy)", server)
            #expect(verified.termination == .exited(0))
            #expect(verified.lines.last?.hasSuffix("  ok") == true)
            let again = try await run("$WEIR backup monday", server)
            #expect(again.termination == .exited(1))
            #expect(again.lines.count == 1)
            #expect(again.lines.first?.contains("There is a backup \(copy) already.") == true)
        }
        #expect(termination == .exited(0))
        let (_, ended) = try await LiveServer.withServer(executable: ScratchFolder.weirExecutable, data: copy) {
            server in
            let read = try await run("$WEIR tail flights --from trim-horizon --no-follow", server)
            let numbers = read.lines.compactMap(Int.init)
            #expect(numbers.filter { $0 <= 1000 }.sorted() == Array(1...1000))
            #expect(Set(numbers).isSuperset(of: 2001...2020), "a put that was acknowledged before the backup")
        }
        #expect(ended == .exited(0))
    }

    @Test func aServerThatIsKilledMeanwhileLeavesNoCopyOrAWholeOne() async throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        let (path, copy) = (folder.path, "\(folder.path)/backups/one")
        try FileManager.default.createDirectory(atPath: "\(path)/backups", withIntermediateDirectories: false)
        let (isThere, termination) = try await LiveServer.withServer(
            executable: ScratchFolder.weirExecutable,
            data: "\(path)/data",
            arguments: ["--create", "flights:2", "--backups", "\(path)/backups"]
        ) { server in
            #expect(try await run("seq 50000 | $WEIR put flights", server).termination == .exited(0))
            async let command = run("$WEIR backup one", server)
            let begun = try await run("until [ -e \(copy).partial ] || [ -e \(copy) ]; do :; done", server)
            #expect(begun.termination == .exited(0))
            server.process.send(.kill)
            _ = try await command
            return FileManager.default.fileExists(atPath: copy)
        }
        #expect(termination == .signaled(9))
        // The kill mostly comes in the middle. A copy that has its name is whole.
        let data = isThere ? copy : "\(path)/data"
        let (_, ended) = try await LiveServer.withServer(
            executable: ScratchFolder.weirExecutable,
            data: data,
            arguments: ["--backups", "\(path)/backups"]
        ) { server in
            // What is left does not stand in the way.
            let again = try await run("$WEIR backup \(isThere ? "two" : "one"); ls \(path)/backups", server)
            #expect(again.lines.first?.contains(": 1 stream, 50000 records, ") == true)
            #expect(again.lines.dropFirst() == (isThere ? ["one", "two"] : ["one"]))
        }
        #expect(ended == .exited(0))
    }

    @Test func aServerWithCredentialsAsksForThem() async throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        let path = folder.path
        try FileManager.default.createDirectory(atPath: "\(path)/backups", withIntermediateDirectories: false)
        let keys = """
            {"accessKeys": [
                {"id": "KEEPER", "secret": "0123456789abcdef", "user": "keeper", "policy": {"Statement": [
                    {"Effect": "Allow", "Action": "weir:Backup", "Resource": "*"}]}},
                {"id": "READER", "secret": "fedcba9876543210", "user": "reader", "policy": {"Statement": [
                    {"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}]}}]}
            """
        try keys.write(toFile: "\(path)/keys.json", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(path)/keys.json")
        let (_, termination) = try await LiveServer.withServer(
            executable: ScratchFolder.weirExecutable,
            data: "\(path)/data",
            arguments: ["--credentials", "\(path)/keys.json", "--backups", "\(path)/backups"]
        ) { server in
            let keeper = ["AWS_ACCESS_KEY_ID": "KEEPER", "AWS_SECRET_ACCESS_KEY": "0123456789abcdef"]
            let reader = ["AWS_ACCESS_KEY_ID": "READER", "AWS_SECRET_ACCESS_KEY": "fedcba9876543210"]
            let refused = try await run("$WEIR backup one", server, reader)
            #expect(refused.termination == .exited(1))
            #expect(refused.lines.first?.contains("AccessDeniedException") == true)
            let made = try await run("$WEIR backup one", server, keeper)
            #expect(made.termination == .exited(0), "\(made.lines)")
            #expect(made.lines.first?.hasPrefix("\(path)/backups/one: 0 streams, 0 records, ") == true)
        }
        #expect(termination == .exited(0))
    }
}
