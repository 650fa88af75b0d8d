import FoundationEssentials
import NIOCore
import Synchronization
import Testing
import WeirProcess
import WeirTesting

/// The real program, as a shell runs it.
@Suite(.timeLimit(.minutes(15))) struct LiveCommandTests {
    /// What a script printed and how it ended.
    struct Outcome: Sendable {
        var lines: [String]
        var termination: ChildTermination
    }

    /// A shell in which `$WEIR` is the program, a server listens where its commands look, and `$FOLDER` may be used.
    struct Shell: Sendable {
        let server: LiveServer
        let folder: String

        func run(_ script: String) async throws -> Outcome {
            let lines = Mutex<[String]>([])
            let termination = try await ChildProcess.run(
                "/bin/sh",
                arguments: ["-c", "exec 2>&1; \(script)"],
                environment: [
                    "WEIR": ScratchFolder.weirExecutable, "AWS_ENDPOINT_URL": server.endpoint, "FOLDER": folder,
                    "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                ],
                output: .lines { line in lines.withLock { $0.append(line) } }
            )
            return Outcome(lines: lines.withLock(\.self), termination: termination)
        }
    }

    func withShell(arguments: [String] = [], _ body: @Sendable (Shell) async throws -> Void) async throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        let (_, termination) = try await LiveServer.withServer(
            executable: ScratchFolder.weirExecutable,
            data: folder.path + "/data",
            arguments: ["--create", "flights:2"] + arguments
        ) { server in
            try await body(Shell(server: server, folder: folder.path))
        }
        #expect(termination == .exited(0))
    }

    private let putFifty = "seq 50 | $WEIR put flights"
    private let all = Set((1...50).map(String.init))

    @Test func aRecordThatCouldNotBePrintedIsLeftToTheNextRun() async throws {
        try await withShell { [putFifty, all] shell in
            #expect(try await shell.run(putFifty).lines == ["put 50 records into flights"])
            let consume = "$WEIR consume flights --application printer --from trim-horizon --until-idle 1"
            // A file on a full disk takes nothing.
            let first = try await shell.run("\(consume) > /dev/full; echo status $?")
            #expect(first.lines.last == "status 1")
            #expect(first.lines.contains { $0.hasPrefix("Error: cannot write to standard output: ") })
            let second = try await shell.run(consume)
            #expect(second.termination == .exited(0))
            #expect(second.lines.count == 50)
            #expect(Set(second.lines) == all)
            let letters = try await shell.run("$WEIR deadletters list --application printer")
            #expect(letters.lines.last == "0 dead letters in printer-dead-letters")
        }
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: "/proc/self/limits"),
            "only Linux shows the limits of a process"
        )
    )
    func theServerMayOpenAsManyFilesAsTheSystemLetsIt() async throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        let limited = "\(folder.path)/limited"
        let script = "#!/bin/sh\nulimit -Sn 300\nexec \(ScratchFolder.weirExecutable) \"$@\"\n"
        #expect(FileManager.default.createFile(atPath: limited, contents: Data(script.utf8)))
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: limited)
        _ = try await LiveServer.withServer(executable: limited, data: folder.path + "/data") { server in
            let shell = Shell(server: server, folder: folder.path)
            let limits = "grep 'open files' /proc/\(server.process.processID)/limits"
            let outcome = try await shell.run("\(limits) | awk '{ print ($4 - $5), ($4 > 300) }'")
            #expect(outcome.lines == ["0 1"])
        }
    }

    @Test func workersTellsWhoReadsWhatAndHowFarBehind() async throws {
        try await withShell { [putFifty] shell in
            let absent = try await shell.run("$WEIR workers printer")
            #expect(
                absent.lines == ["Error: there is no lease table printer: no worker of the application has run here"]
            )
            let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/flights"
            let read = try await shell.run(
                """
                \(putFifty) > $FOLDER/put
                $WEIR consume \(arn) --application printer --from trim-horizon --until-idle 1 > $FOLDER/read
                wc -l < $FOLDER/read; $WEIR workers printer
                """
            )
            #expect(read.lines.first == "50")
            #expect(read.lines.contains("printer reads flights"))
            #expect(read.lines.contains("no worker holds a lease"))
            #expect(read.lines.filter { $0.contains("  unowned  0 ms    ") }.count == 2)
            #expect(
                read.lines.last == "0 workers, 0 leases held, 2 unowned, 0 ended, 0 shards without a lease, 0 holes"
            )
            let behind = try await shell.run(
                """
                echo late | $WEIR put \(arn) --partition-key key > $FOLDER/put
                $WEIR tail \(arn) --from trim-horizon --no-follow | wc -l
                $WEIR stream create other > $FOLDER/created; $WEIR workers printer
                $WEIR workers printer --stream \(arn) --json
                """
            )
            #expect(behind.lines.first == "51")
            #expect(behind.lines.dropFirst().first?.contains("use --stream") == true)
            let json = behind.lines.last ?? ""
            #expect(json.hasPrefix(#"{"Application":"printer","Stream":"\#(arn)","Workers":[],"Shards":[{"#))
            // One shard has the late record, the other nothing.
            #expect(json.split(separator: #""MillisBehind":0}"#).count == 2)
        }
    }

    @Test func twoLooksAtTheTableTellADeadWorkerFromALiveOne() async throws {
        try await withShell { shell in
            let outcome = try await shell.run(
                """
                $WEIR consume flights --application pair --from trim-horizon --worker w --failover-time 900 &
                for _ in $(seq 600); do $WEIR workers pair | grep -q ' 2 leases held' && break; sleep 0.1; done
                $WEIR workers pair --observe 1 | grep '^w '; kill -9 $!; $WEIR workers pair --observe 1 | grep '^w '
                """
            )
            let lines = outcome.lines.filter { $0.hasPrefix("w ") }
            #expect(lines.map { $0.split(separator: " ").last } == ["yes", "no"])
            #expect(lines.allSatisfy { $0.hasPrefix("w       weir  2       0 ms    ") })
        }
    }

    /// A command that may have done its work already is told so by the next worker.
    @Test func theCommandOfARecordThatWasBegunIsTold() async throws {
        try await withShell { shell in
            let outcome = try await shell.run(
                """
                seq 3 | $WEIR put flights --partition-key one
                consume="$WEIR consume flights --application once --from trim-horizon --failover-time 900 --prepare"
                hang='touch $FOLDER/begun; while [ -e $FOLDER/begun ]; do sleep 0.1; done'
                $consume --worker a --execute "read n; [ \\$n = 1 ] || { $hang; }" &
                for _ in $(seq 600); do [ -e $FOLDER/begun ] && break; sleep 0.1; done
                kill -9 $!; rm $FOLDER/begun
                $consume --worker b --until-idle 2 --execute 'read n; echo $n ${WEIR_PREPARED_STATE-none}'
                """
            )
            #expect(outcome.lines.suffix(2) == ["2 a", "3 none"])
        }
    }

    @Test func aWorkerReadsByFanOut() async throws {
        try await withShell { [putFifty, all] shell in
            _ = try await shell.run(putFifty)
            let consume = "$WEIR consume flights --application radar --from trim-horizon --fan-out"
            let lines = try await shell.run("\(consume) --until-idle 6").lines
            #expect(lines.count == 50)
            #expect(Set(lines) == all)
            // Nobody may subscribe again for five seconds.
            let early = try await shell.run("\(consume) --until-idle 5")
            #expect(early.lines.first == "Error: --until-idle must be at least 6 with --fan-out")
        }
    }

    @Test func deadLettersAreShownRedrivenAndPurged() async throws {
        try await withShell { shell in
            _ = try await shell.run("seq 5 | $WEIR put flights --partition-key one")
            let consume = "$WEIR consume flights --application picky --from trim-horizon --until-idle 3 2> $FOLDER/log"
            let refuse = "'read n; case $n in 2|4) exit 65;; *) echo $n;; esac'"
            #expect(try await shell.run("\(consume) --execute \(refuse)").lines == ["1", "3", "5"])
            let letters = "--application picky"
            let numbers =
                "$($WEIR deadletters list \(letters) --json | sed 's/.*\"sequenceNumber\":\"\\([0-9]*\\)\".*/\\1/')"
            let outcome = try await shell.run(
                """
                set -- \(numbers)
                echo $# letters
                $WEIR deadletters show \(letters) $1 | grep -c '^last error  *the command refused it'
                $WEIR deadletters show \(letters) --data --all
                $WEIR deadletters redrive \(letters) $1
                $WEIR deadletters purge \(letters) --all
                $WEIR deadletters list \(letters) | tail -1
                $WEIR deadletters show \(letters) $1
                """
            )
            #expect(
                outcome.lines.dropLast() == [
                    "2 letters", "1", "2", "4", "put 1 records again", "purged 1 dead letters",
                    "0 dead letters in picky-dead-letters",
                ]
            )
            #expect(outcome.lines.last?.contains("has no dead letter of record") == true)
            // What was put again is read again, in its place after the others.
            #expect(try await shell.run(consume).lines == ["2"])
            _ = try await shell.run("seq 3 | $WEIR put flights --partition-key one")
            let filed = try await shell.run(
                "\(consume) --dead-letter-file $FOLDER/letters --execute 'exit 65'; wc -l < $FOLDER/letters"
            )
            #expect(filed.lines == ["3"])
        }
    }

    @Test func anIdleWorkerWaitsForWhatADeadOneHeld() async throws {
        try await withShell { [putFifty, all] shell in
            _ = try await shell.run(putFifty)
            let consume =
                "$WEIR consume flights --application heirs --from trim-horizon --failover-time 3000 --until-idle 1"
            // The command kills its worker at the first record.
            let killed = try await shell.run("\(consume) --execute 'kill -9 $PPID'; echo status $?")
            #expect(killed.lines.last == "status 137")
            let heir = try await shell.run(consume)
            #expect(heir.termination == .exited(0))
            #expect(heir.lines.count == 50)
            #expect(Set(heir.lines) == all)
        }
    }

    @Test func aRecordInHandIsNoIdleness() async throws {
        try await withShell { shell in
            _ = try await shell.run("seq 2 | $WEIR put flights --partition-key one")
            let outcome = try await shell.run(
                """
                $WEIR consume flights --application slow --from trim-horizon --until-idle 1 \
                --execute 'sleep 1.5; cat'
                """
            )
            #expect(outcome.lines == ["1", "2"])
        }
    }

    @Test func withoutAServerAnIdleWorkerFails() async throws {
        try await withShell { shell in
            let outcome = try await shell.run(
                "$WEIR consume flights --application none --until-idle 1 --endpoint http://127.0.0.1:9"
            )
            #expect(outcome.termination == .exited(1))
        }
    }

    @Test func aRefusedPutEndsTheCommandWhileItWaitsForALine() async throws {
        try await withShell { shell in
            // The pipe stays open, so that there is never an end.
            let outcome = try await shell.run(
                "mkfifo $FOLDER/pipe; exec 3<>$FOLDER/pipe; echo a >&3; $WEIR put absent $FOLDER/pipe"
            )
            #expect(outcome.termination == .exited(1))
            #expect(outcome.lines.last?.contains("ResourceNotFoundException: Stream absent under account") == true)
        }
    }

    @Test func tailPrintsParentsBeforeTheirChildren() async throws {
        try await withShell { shell in
            let outcome = try await shell.run(
                """
                put() { echo $1 | $WEIR put flights --partition-key key; }
                put 1
                $WEIR stream split flights shardId-000000000000; $WEIR stream split flights shardId-000000000001
                put 2
                $WEIR stream merge flights shardId-000000000003 shardId-000000000004
                put 3
                $WEIR tail flights --from trim-horizon --no-follow > $FOLDER/tail
                echo; cat $FOLDER/tail
                """
            )
            #expect(outcome.lines.suffix(3) == ["1", "2", "3"])
        }
    }

    @Test func logLooksAtTheFilesUnderALiveServer() async throws {
        try await withShell { [putFifty] shell in
            _ = try await shell.run("\(putFifty); printf 'a\\tb' | $WEIR put flights --partition-key tab")
            let verify = try await shell.run("$WEIR log verify $FOLDER/data")
            #expect(verify.termination == .exited(0))
            #expect(verify.lines.count == 2)
            #expect(verify.lines.last?.hasPrefix("1       1         0       51       ") == true)
            #expect(verify.lines.last?.contains("  1-51 ") == true)
            #expect(verify.lines.last?.hasSuffix("  ok") == true)
            let dump = try await shell.run("$WEIR log dump $FOLDER/data --from 50 --data")
            #expect(dump.lines.count == 2)
            #expect(dump.lines.last?.hasPrefix("1 51 shardId-00000000000") == true)
            #expect(dump.lines.last?.hasSuffix("Z 3 tab 0x610962") == true)
            let absent = try await shell.run("$WEIR log dump $FOLDER/data --stream-id 9")
            #expect(absent.termination == .exited(1))
            // A byte in the first of several group commits, behind the header's page.
            let damaged = try await shell.run(
                """
                cp -r $FOLDER/data $FOLDER/copy; seq 50 | $WEIR put flights
                cp -r $FOLDER/data/streams $FOLDER/copy/
                printf X | dd of=$FOLDER/copy/streams/1/00000000000000000001.segment bs=1 seek=4140 conv=notrunc 2>&1
                $WEIR log verify $FOLDER/copy
                """
            )
            #expect(damaged.termination == .exited(1))
            #expect(damaged.lines.contains { $0.hasPrefix("damaged: ") && $0.contains("offset 4096: entry 1: ") })
            #expect(damaged.lines.last == "Error: 1 place is damaged")
        }
    }

    @Test func benchMeasuresWhatItIsTold() async throws {
        try await withShell { shell in
            let put = try await shell.run(
                """
                $WEIR bench --records 1000 --batch 50 --rate 20000 --consumers 2 --size 100 --json $FOLDER/put \
                --endpoint $AWS_ENDPOINT_URL && $WEIR stream list && cat $FOLDER/put
                """
            )
            #expect(put.termination == .exited(0))
            #expect(put.lines.first?.hasPrefix("put 100 bytes, 50 a request") == true)
            let report = put.lines.joined(separator: "\n")
            #expect(report.contains("\"records\" : 1000,"))
            #expect(report.contains("\"requests\" : 20,"))
            #expect(report.contains("\"count\" : 2000,"), "each consumer got each record")
            #expect(!report.contains("weir-bench-"), "its stream is gone")
            let get = try await shell.run("$WEIR bench get --records 1000 --limit 100 --consumers 2 --json -")
            #expect(get.termination == .exited(0))
            #expect(get.lines.joined().contains("\"records\" : 2000,"))
            let log = try await shell.run("$WEIR bench log --folder $FOLDER --window 1 --window 8 --duration 0.1")
            #expect(log.termination == .exited(0))
            #expect(log.lines.filter { $0.hasPrefix("log, 1024 bytes, ") }.count == 2)
            #expect(try await shell.run("ls $FOLDER").lines == ["data", "put"])
        }
    }
}
