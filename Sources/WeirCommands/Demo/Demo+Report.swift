import Synchronization
import WeirConsumer
import WeirModel
import WeirRuntime

extension Demo {
    /// The state, drawn in place.
    func showState() {
        let (put, processed, refused, byWorker) = ledger.withLock { ledger in
            (
                ledger.putCount, ledger.processedCount, ledger.deliveredCount - ledger.processedCount,
                ledger.deliveriesByWorker
            )
        }
        let table = shares.withLock { $0 }
        let width = 40
        let filled = lines.isEmpty ? 0 : put * width / lines.count
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        var drawn = ["", "     \(bar)  put \(put)/\(lines.count)  processed \(processed)  refused \(refused)"]
        for row in table.rows { drawn.append("       \(row.shardID)  \(row.owner ?? "-")") }
        drawn.append(
            "     "
                + Self.workers.map { worker in
                    let state = processes.isRunning(worker) ? "\(byWorker[worker] ?? 0) records" : "not running"
                    return "\(worker): \(state)"
                }.joined(separator: "   ")
        )
        screen.show(
            drawn,
            plain: "put \(put)/\(lines.count), processed \(processed), refused \(refused), "
                + "shards \(table.share(of: Self.workers))",
            nanoseconds: time.monotonicNanoseconds
        )
    }

    /// Steps 8 and 9: the dead letters, and the closing table. Returns whether all is well.
    func report(_ clients: DemoClients, failOver: Duration) async throws -> Bool {
        let deadLetterStream = DeadLetterStream.defaultName(applicationName: Self.application)
        let letters = try await DeadLetterReader(streamName: deadLetterStream, kinesis: clients.kinesis).list()
        screen.tell("  8  dead letters of \(Self.application), in the stream \(deadLetterStream)")
        let placed = letters.map { letter in
            (
                line: self.ledger.withLock { $0.line(shardID: letter.shardID, sequenceNumber: letter.sequenceNumber) }
                    ?? 0, letter
            )
        }.sorted { $0.line < $1.line }
        for (line, letter) in placed {
            screen.tell("       line \(pad(line, 4))  \(letter.partitionKey)  \(letter.lastError)")
            self.ledger.withLock { $0.deadLetter(sequenceNumber: letter.sequenceNumber) }
        }
        let ledger = self.ledger.withLock { $0 }
        let outOfOrder = ledger.keysOutOfOrder
        var rows: [(String, String)] = [
            ("lines in the file", "\(lines.count)"), ("records put", "\(ledger.putCount)"),
            ("distinct records processed", "\(ledger.processedCount)"),
            ("given to a handler more than once", "\(ledger.repeatedCount)"),
            ("dead letters", "\(ledger.deadLetters.count)"), ("lost", "\(ledger.lostCount)"),
            ("keys out of order", "\(outOfOrder.count)"),
        ]
        for worker in Self.workers {
            rows.append(("records given to \(worker)", "\(ledger.deliveriesByWorker[worker] ?? 0)"))
        }
        rows.append(("fail-over (failover time \(Self.failoverTime) ms)", "\(failOver.inMilliseconds) ms"))
        let elapsed = Duration.nanoseconds(Int64(time.monotonicNanoseconds - started))
        rows.append(("the whole demo", "\(elapsed.inMilliseconds / 1000) s"))
        screen.tell("  9  the books")
        for (what, figure) in rows {
            screen.tell("       " + what + String(repeating: " ", count: max(1, 42 - what.count)) + figure)
        }
        let passed = ledger.lostCount == 0 && outOfOrder.isEmpty && ledger.putCount == lines.count
        if !outOfOrder.isEmpty { screen.tell("     OUT OF ORDER: \(outOfOrder.prefix(5).joined(separator: ", "))") }
        screen.tell(passed ? "     nothing lost, every aircraft's events in order" : "     FAILED")
        if isKept { tellHowToLookAround(clients.endpoint) }
        return passed
    }

    private func tellHowToLookAround(_ endpoint: String) {
        screen.tell(
            """

            The server is still up (process \(processes.processID(DemoProcesses.server) ?? 0), data in \(folder.data)). \
            Look around:
              export AWS_ENDPOINT_URL=\(endpoint) AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1
              aws kinesis list-streams
              aws kinesis list-shards --stream-name \(Self.stream)
              aws dynamodb scan --table-name \(Self.application)
              .build/release/weir deadletters list --application \(Self.application)
              .build/release/weir tail \(Self.stream) --from trim-horizon --limit 3
            Stop it:  kill \(processes.processID(DemoProcesses.server) ?? 0); rm -r \(folder.path)
            """
        )
    }

    private func pad(_ number: Int, _ width: Int) -> String {
        let text = "\(number)"
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
