import NIOCore
import Testing
import WeirModel
import WeirStore
import WeirTables
import WeirTestTools
import WeirWire

@Suite struct WatchTableTests {
    private func image(_ key: String, _ counter: Int) -> Item { ["k": .string(key), "n": .number("\(counter)")] }

    @Test func itBeginsWithTheAdviceToScan() async throws {
        try await withWatches { test in
            try await test.put("before", 1)
            let watch = try await test.watch()
            #expect(watch.stream.contentType == "application/vnd.amazon.eventstream")
            let cursor = try await watch.scanAgain()
            #expect((1...Limits.maximumTableCursorLength).contains(cursor.count))
        }
    }

    @Test func messagesCountUntilTheyHaveLeft() async throws {
        try await withWatches { test in
            let memory = ReplyMemory(limit: 1)
            let watch = try await test.watch(replies: memory)
            var piece = await watch.stream.next()
            #expect(try #require(piece?.bytes.readableBytes) == memory.bytes)
            piece = nil
            #expect(memory.bytes == 0)
        }
    }

    /// The clock stands still: what comes was pushed when it was committed, and not found by looking now and then.
    @Test func changesArePushed() async throws {
        try await withWatches { test in
            let watch = try await test.watch()
            _ = try await watch.scanAgain()
            for number in 0..<20 {
                async let next = watch.changes()
                try await test.put("a", number)
                let event = try await next
                #expect(event.changes == [ChangedItem(key: ["k": .string("a")], newImage: image("a", number))])
            }
            async let deletion = watch.changes()
            try await test.folder.tables.update(table: "leases", key: ["k": .string("a")]) { _ in nil }
            #expect(try await deletion.changes == [ChangedItem(key: ["k": .string("a")], newImage: nil)])
            #expect(test.time.monotonicNanoseconds == 0)
        }
    }

    /// The event is there no later than the answer to the write: nobody has to wait for it after that.
    @Test func theEventFollowsTheCommit() async throws {
        try await withWatches { test in
            let watch = try await test.watch()
            _ = try await watch.scanAgain()
            for number in 0..<20 {
                try await test.put("a", number)
                let event = try await watch.changes()
                #expect(event.changes?.map(\.newImage) == [image("a", number)])
                #expect(test.time.sleeperCount == 0)
            }
        }
    }

    @Test func aWatchGoesOnWhereAnotherOneEnded() async throws {
        try await withWatches { test in
            let first = try await test.watch()
            let start = try await first.scanAgain()
            try await test.put("a", 1)
            let cursor = try await first.changes().cursor
            first.stream.cancel()
            #expect(try await first.next() == nil)
            for number in 2...5 { try await test.put("a", number) }
            for (from, numbers) in [(start, 1...5), (cursor, 2...5)] {
                let watch = try await test.watch(after: from)
                try await watch.begin()
                let event = try await watch.changes()
                #expect(event.changes?.map(\.newImage) == numbers.map { image("a", $0) })
                watch.stream.cancel()
            }
        }
    }

    @Test func whoIsTooFarBehindHasToScan() async throws {
        try await withWatches { test in
            let watch = try await test.watch()
            let start = try await watch.scanAgain()
            // Together larger than what is kept.
            let large = String(repeating: "x", count: 300 << 10)
            for number in 0..<5 {
                try await test.folder.tables.update(table: "leases", key: ["k": .string("a")]) { _ in
                    ["k": .string("a"), "n": .number("\(number)"), "v": .string(large)]
                }
            }
            guard case .scanAgain(let event)? = try await watch.next() else { throw UnexpectedMessage() }
            try await test.put("b", 1)
            let next = try await watch.changes()
            #expect(next.changes?.map(\.newImage) == [image("b", 1)])
            #expect(next.cursor != event.cursor)
            // The same for a new watch with an old cursor, or with one of another server.
            for cursor in [start, "0-0", "something.else"] {
                #expect(try await test.watch(after: cursor).scanAgain() == next.cursor)
            }
        }
    }

    @Test func aHeartbeatComesEveryFiveSeconds() async throws {
        try await withWatches { test in
            let watch = try await test.watch()
            let cursor = try await watch.scanAgain()
            for _ in 0..<3 {
                async let next = watch.heartbeat()
                try await test.advance(seconds: Limits.tableWatchHeartbeatInSeconds)
                #expect(try await next == WatchTable.Event(cursor: cursor))
            }
        }
    }

    /// An idle watch keeps the changes of its table for itself, and for who comes after it.
    @Test func heartbeatsKeepTheCursorGood() async throws {
        try await withWatches { test in
            let watch = try await test.watch()
            let cursor = try await watch.scanAgain()
            for _ in 0..<(2 * Limits.changeRetentionInSeconds / Limits.tableWatchHeartbeatInSeconds) {
                async let next = watch.heartbeat()
                try await test.advance(seconds: Limits.tableWatchHeartbeatInSeconds)
                _ = try await next
            }
            watch.stream.cancel()
            try await test.put("a", 1)
            let next = try await test.watch(after: cursor)
            try await next.begin()
            #expect(try await next.changes().changes?.count == 1)
            next.stream.cancel()
            // After a while without a watch they are gone.
            test.time.advance(seconds: Limits.changeRetentionInSeconds)
            try await test.put("a", 2)
            #expect(try await test.watch(after: cursor).scanAgain() != cursor)
        }
    }

    @Test func itEndsAfterItsTime() async throws {
        try await withWatches { test in
            let watch = try await test.watch()
            let cursor = try await watch.scanAgain()
            test.time.advance(seconds: Limits.tableWatchLifetimeInSeconds - 1)
            _ = try await watch.heartbeat()
            async let end = watch.next()
            try await test.advance(seconds: 1)
            #expect(try await end == nil)
            // Nobody was there when the clock was moved, but it was never read so long after the last time.
            try await test.put("a", 1)
            let next = try await test.watch(after: cursor)
            try await next.begin()
            #expect(try await next.changes().changes?.count == 1)
        }
    }

    @Test func itEndsWithItsTable() async throws {
        try await withWatches { test in
            let watch = try await test.watch()
            let cursor = try await watch.scanAgain()
            async let next = watch.exception()
            try await test.advance(seconds: 0)
            try await test.folder.tables.deleteTable(name: "leases")
            let error = try await next
            #expect(error.code == .resourceNotFound)
            #expect(error.message == "Requested resource not found: Table: leases not found")
            #expect(await test.refusal(after: cursor)?.message == error.message)
        }
    }

    @Test func itEndsWhenTheServerStops() async throws {
        try await withWatches { test in
            let watch = try await test.watch()
            _ = try await watch.scanAgain()
            async let next = watch.next()
            try await test.advance(seconds: 0)
            test.service.endReplyStreams()
            #expect(try await next == nil)
            #expect(await test.refusal()?.code == .serviceUnavailable)
        }
    }

    @Test func membersAreValidated() async throws {
        try await withWatches { test in
            let missing = await TestTables(service: test.service, time: ManualTime()).refusal("WatchTable", "{}")
            #expect(missing?.message == "The parameter 'TableName' is required but was not present in the request")
            #expect(await test.refusal("x")?.code == .validation)
            #expect(await test.refusal("no such table")?.code == .validation)
            #expect(await test.refusal("unknown")?.code == .resourceNotFound)
            #expect(
                await test.refusal(after: "a b")?.message == """
                    1 validation error detected: Value 'a b' at 'cursor' failed to satisfy constraint: Member must \
                    satisfy regular expression pattern: [a-zA-Z0-9_.-]+
                    """
            )
            let longest = String(repeating: "1", count: Limits.maximumTableCursorLength)
            #expect(await test.refusal(after: longest) == nil)
            #expect(await test.refusal(after: longest + "1")?.code == .validation)
        }
    }

    @Test func noMoreWatchesBeginThanTheLimit() async throws {
        try await withWatches { test in
            var watches: [Watch] = []
            for _ in 0..<Limits.maximumTableWatchCount { watches.append(try await test.watch()) }
            #expect(await test.refusal()?.code == .limitExceeded)
            // One that is let go makes room, also unread; so does one that has ended.
            watches.removeLast()
            #expect(await test.refusal() == nil)
            watches.append(try await test.watch())
            #expect(await test.refusal()?.code == .limitExceeded)
            watches[0].stream.cancel()
            #expect(try await watches[0].next() == nil)
            #expect(await test.refusal() == nil)
        }
    }
}
