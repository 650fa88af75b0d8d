import Testing
import WeirProcess
import WeirTesting

/// `weir queue consume`.
extension LiveCommandTests {
    private static let makeQueue = """
        $WEIR stream create s --on-demand > $FOLDER/made
        $WEIR queue create q --stream s --from trim-horizon > $FOLDER/made
        """

    @Test func aQueueIsLookedAtAndConsumed() async throws {
        try await withShell { shell in
            let put = try await shell.run("\(Self.makeQueue)\nseq 50 | $WEIR put s")
            #expect(put.lines == ["put 50 records into s"])
            // What is looked at is returned, and comes again.
            let look = try await shell.run("$WEIR queue consume q --no-acknowledge --limit 3 --format json")
            #expect(look.termination == .exited(0))
            #expect(look.lines.count == 3 && look.lines.allSatisfy { $0.contains(#""ReceiveCount":1,"Data":""#) })
            // A file on a full disk takes nothing: what could not be printed is left to the next run.
            let full = try await shell.run("$WEIR queue consume q --until-idle 5 > /dev/full; echo status $?")
            #expect(full.lines.last == "status 1")
            #expect(full.lines.contains { $0.hasPrefix("Error: cannot write to standard output: ") })
            let some = try await shell.run("$WEIR queue consume q --limit 7")
            let rest = try await shell.run("$WEIR queue consume q --until-idle 1")
            #expect(some.lines.count == 7 && rest.termination == .exited(0))
            #expect((some.lines + rest.lines).compactMap { Int($0) }.sorted() == Array(1...50))
            let missing = try await shell.run("$WEIR queue consume none")
            #expect(missing.lines == ["Error: ResourceNotFoundException: Queue none not found."])
            #expect(missing.termination == .exited(1))
        }
    }

    @Test func aCommandIsExecutedForEachRecordOfAQueueUntilItSucceeds() async throws {
        try await withShell { shell in
            let command = """
                read data; [ $WEIR_RECEIVE_COUNT -ge 2 ] && echo $data $WEIR_QUEUE_NAME $WEIR_PARTITION_KEY
                """
            let done = try await shell.run(
                """
                \(Self.makeQueue)
                seq 5 | $WEIR put s --partition-key key > $FOLDER/put
                $WEIR queue consume q --until-idle 3 --concurrency 5 --execute '\(command)'
                $WEIR queue deadletters list q
                """
            )
            #expect(done.lines.filter { $0.hasSuffix(" q key") }.sorted() == (1...5).map { "\($0) q key" })
            #expect(done.termination == .exited(0))
        }
    }
}
