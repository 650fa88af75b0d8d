import NIOCore
import NIOPosix
import Testing
import WeirLog
import WeirModel
import WeirRuntime

@testable import WeirStore

/// Queues when the disk refuses, when their log is damaged or gone, and when they are deleted under those who use them.
@Suite struct QueueFailureTests {
    @Test func whatCouldNotBeDeliveredIsFoundWithoutAnotherAppend() async throws {
        let files = SteppingFileSystem()
        try await withQueue(shards: 2, fileSystem: files) { _, folder, stream, queue, _ in
            try await folder.streams.put(["a"], shard: 0, of: stream)
            try await folder.streams.put(["b"], shard: 1, of: stream)
            files.fail(with: SteppingFileSystem.diskFull)
            let refusal = await serviceError { () async throws(ServiceError) in
                _ = try await folder.queues.receive(QueueReceive(waitSeconds: 0), from: queue.resourceID)
            }
            #expect(refusal?.httpStatus == 503)
            files.fail(with: nil)
            let found = try await receive(folder, queue)
            #expect(Set(texts(found)) == ["a", "b"] && found.map(\.receiveCount) == [1, 1])
            // The same for what was delivered before.
            _ = try await folder.queues.changeVisibility(found.map { ($0.receipt, 0) }, in: queue.resourceID)
            files.fail(with: SteppingFileSystem.diskFull)
            await #expect(throws: ServiceError.self) { try await receive(folder, queue) }
            files.fail(with: nil)
            #expect(try await receive(folder, queue).map(\.receiveCount) == [2, 2])
        }
    }

    /// Those behind them are in memory, and must not be taken first: nobody would look for the others again.
    @Test func whatCouldNotBeDeliveredComesBeforeWhatWasReadAhead() async throws {
        let files = SteppingFileSystem()
        try await withQueue(fileSystem: files) { _, folder, stream, queue, _ in
            let all = (0..<30).map { "\($0)" }
            try await folder.streams.put(all, of: stream)
            files.fail(with: SteppingFileSystem.diskFull)
            await #expect(throws: ServiceError.self) { try await receive(folder, queue) }
            files.fail(with: nil)
            var found: [String] = []
            while true {
                let part = texts(try await receive(folder, queue))
                if part.isEmpty { break }
                found += part
            }
            #expect(found.sorted() == all.sorted())
        }
    }

    @Test func whatCannotBeWrittenIsNotAcknowledged() async throws {
        let files = SteppingFileSystem()
        try await withQueue(fileSystem: files) { _, folder, stream, queue, time in
            try await folder.streams.put(["a"], of: stream)
            let receipts = try await receive(folder, queue).map(\.receipt)
            files.fail(with: SteppingFileSystem.diskFull)
            await #expect(throws: ServiceError.self) {
                try await folder.queues.acknowledge(receipts, in: queue.resourceID)
            }
            files.fail(with: nil)
            let live = try folder.queues.live(queue.resourceID)
            #expect(live.journal.withMachine { $0.tracked.count } == 1)
            // What was taken back keeps no snapshot from being written.
            let before = live.journal.log.newestTimestamp(lane: QueueJournal.lane)
            await live.journal.writeSnapshot()
            #expect(live.journal.log.newestTimestamp(lane: QueueJournal.lane) != before)
            #expect(try await folder.queues.acknowledge(receipts, in: queue.resourceID) == [true])
        }
    }

    @Test(.timeLimit(.minutes(1))) func aQueueThatIsDeletedEndsEveryCall() async throws {
        try await withQueue { _, folder, stream, queue, _ in
            let ends: [ServiceError] = await withTaskGroup(of: ServiceError?.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        await serviceError { () async throws(ServiceError) in
                            let receive = QueueReceive(isOfDeadLetters: number % 4 == 0, waitSeconds: 20)
                            while true {
                                let deliveries = try await folder.queues.receive(receive, from: queue.resourceID)
                                let receipts = deliveries.map(\.receipt)
                                _ = try await folder.queues.acknowledge(receipts, in: queue.resourceID)
                            }
                        }
                    }
                }
                group.addTask {
                    for number in 0..<40 { _ = try? await folder.streams.put(["\(number)"], of: stream) }
                    try? await folder.queues.deleteQueue(queue.resourceID)
                    return nil
                }
                return await group.reduce(into: []) { if let end = $1 { $0.append(end) } }
            }
            #expect(ends.count == 16 && ends.allSatisfy { $0.code == .resourceNotFound }, "\(ends)")
        }
    }

    /// The log may be closed just before a change is written.
    @Test func aChangeOfAQueueThatWasJustDeletedFindsNoQueue() async throws {
        try await withQueue { _, folder, stream, queue, _ in
            try await folder.streams.put(["a"], of: stream)
            let receipts = try await receive(folder, queue).map(\.receipt)
            let live = try folder.queues.live(queue.resourceID)
            live.enter(.deleting, until: .max)
            await live.journal.close()
            let refusal = await serviceError { () async throws(ServiceError) in
                try await live.finish(
                    live.journal.begin { machine in
                        let (entry, undo, _) = machine.acknowledge(receipts, at: 0)
                        return (entry, undo, ())
                    }
                )
            }
            #expect(refusal?.code == .resourceNotFound)
        }
    }

    /// A folder with a queue whose only record was acknowledged; then its log is spoilt.
    private func withSpoiltLog(
        _ spoil: (_ directory: String) throws -> Void,
        _ body: (_ path: String, _ directory: String, QueueDescription) async throws -> Void
    ) async throws {
        try await withTemporaryPath { path in
            var queue: QueueDescription?
            try await DataFolder.withDataFolder(path: path, time: ManualTime(), logger: quiet) { folder in
                let stream = try await folder.makeStreamOnDemand()
                let made = try await folder.makeQueue("orders")
                try await folder.streams.put(["a"], of: stream)
                let receipts = try await receive(folder, made).map(\.receipt)
                #expect(try await folder.queues.acknowledge(receipts, in: made.resourceID) == [true])
                queue = made
            }
            let made = try #require(queue)
            try spoil("\(path)/queues/\(made.id)")
            try await body(path, "\(path)/queues/\(made.id)", made)
        }
    }

    @Test func aDamagedLogIsToldWithItsQueueAndTheWayOut() async throws {
        try await withSpoiltLog { directory in
            // The beginning of the snapshot with which the log begins.
            let file = try SystemFileSystem().open("\(directory)/00000000000000000001.segment", .readWrite)
            try [UInt8]("damage".utf8).withUnsafeBytes { try file.write($0, at: 4096 + 30) }
        } _: { path, directory, queue in
            try await DataFolder.withDataFolder(path: path, time: ManualTime(), logger: quiet) { folder in
                let damaged = try #require(folder.queues.damaged.first)
                #expect(damaged.message.contains("offset 4096"), "\(damaged.message)")
                #expect(damaged.message.contains("Without the folder \(directory)"))
                // It can be seen, and says what is wrong.
                #expect(try await folder.queues.queue(queue.resourceID).name == "orders")
                #expect(try await folder.queues.queues(after: nil, limit: 9, ofStream: nil).map(\.name) == ["orders"])
                let refusal = await serviceError { () async throws(ServiceError) in
                    _ = try await folder.queues.receive(QueueReceive(waitSeconds: 0), from: queue.resourceID)
                }
                #expect(refusal?.code == .internalFailure && refusal?.message.contains("its state is damaged") == true)
                await #expect(throws: ServiceError.self) { try await folder.makeQueue("orders") }
                await #expect(throws: ServiceError.self) {
                    try await folder.backUp(to: "\(path)-copy", fileSystem: SystemFileSystem(), threads: .singleton)
                }
                await #expect(throws: ServiceError.self) { try await folder.streams.deleteStream(name: "flights") }
                // All else goes on.
                #expect(try await texts(receive(folder, folder.makeQueue("other"))) == ["a"])
                #expect(try await folder.streams.stream(name: "flights").queueCount == 2)
                try await folder.queues.deleteQueue(queue.resourceID)
                #expect(try await folder.streams.stream(name: "flights").queueCount == 1)
                #expect(try await texts(receive(folder, folder.makeQueue("orders"))) == ["a"])
            }
            let left = try SystemFileSystem().list("\(path)/queues")
            #expect(!left.contains("\(queue.id)") && left.count == 2)
        }
    }

    @Test func theReportOfADamagedLogNamesThePlace() async throws {
        try await withSpoiltLog { directory in
            let file = try SystemFileSystem().open("\(directory)/00000000000000000001.segment", .readWrite)
            try [UInt8]("damage".utf8).withUnsafeBytes { try file.write($0, at: 4096 + 30) }
        } _: { _, directory, queue in
            let report = try StoredQueueLog(queueID: queue.id, directory: directory).inspect()
            #expect(report.segments.flatMap(\.damages).map(\.offset) == [4096] && report.unacknowledgedCount == nil)
        }
    }

    @Test func aQueueWithoutALogBeginsAnew() async throws {
        try await withSpoiltLog { directory in
            try SystemFileSystem().removeTree(directory)
        } _: { path, directory, queue in
            for _ in 0..<2 {
                try await DataFolder.withDataFolder(path: path, time: ManualTime(), logger: quiet) { folder in
                    let found = try await receive(folder, queue, visibility: 0)
                    #expect(texts(found) == ["a"])
                }
            }
            let report = try StoredQueueLog(queueID: queue.id, directory: directory).inspect()
            #expect(report.damage == nil && report.unacknowledgedCount == 1)
        }
    }

    /// The power goes while a queue without a log is made anew: any part of its first append may be on disk.
    @Test func aQueueThatWasBeingMadeAnewIsMadeAnewAgain() async throws {
        try await withSpoiltLog { directory in
            try SystemFileSystem().removeTree(directory)
        } _: { path, directory, queue in
            let name = "\(directory)/00000000000000000001.segment"
            // Nothing is received here: the log holds what it was made with.
            try await DataFolder.withDataFolder(path: path, time: ManualTime(), logger: quiet) { _ in }
            let whole = try StoredQueueLog(queueID: queue.id, directory: directory).inspect()
            let frames = try #require(whole.segments.first)
            try #require(frames.entryCount == 3 && !frames.isSealed)
            let files = SystemFileSystem()
            let (first, end) = (Int64(4096), 4096 + frames.frameBytes)
            var counts: Set<Int> = []
            for size in stride(from: first, to: end, by: 7) {
                try files.removeTree(directory)
                try await DataFolder.withDataFolder(path: path, time: ManualTime(), logger: quiet) { _ in }
                try files.open(name, .readWrite).truncate(to: size)
                let torn = try StoredQueueLog(queueID: queue.id, directory: directory).inspect()
                #expect(torn.damage == nil && torn.unacknowledgedCount == 0, "\(size) bytes")
                counts.insert(torn.segments.reduce(0) { $0 + $1.entryCount })
                // What is received then is remembered.
                for receiveCount in 1...2 {
                    try await DataFolder.withDataFolder(path: path, time: ManualTime(), logger: quiet) { folder in
                        #expect(folder.queues.damaged.map(\.message) == [], "\(size) bytes")
                        let found = try await receive(folder, queue, visibility: 0)
                        #expect(texts(found) == ["a"] && found.map(\.receiveCount) == [receiveCount], "\(size) bytes")
                    }
                }
            }
            #expect(counts == [0, 1, 2])
        }
    }

    /// What was dropped in front may have said what was acknowledged.
    @Test func aLaterSnapshotWithoutAnEndIsNoQueueThatWasBeingMade() async throws {
        var reading = QueueRecovery()
        let begin = ByteBuffer(bytes: [QueueFormat.Kind.snapshotBegin.rawValue, QueueFormat.version])
        try reading.take(begin, generation: 2)
        #expect(reading.isUnfinished(from: 1) && !reading.isUnfinished(from: 2))
        let event = QueueEntry(time: 1, event: .acknowledged([1]))
        try reading.take(event.payload, generation: 2)
        #expect(!reading.isUnfinished(from: 1))
    }

    @Test func aLogOfSomethingElseIsDamaged() async throws {
        try await withSpoiltLog { directory in
            try SystemFileSystem().removeTree(directory)
            let streams = directory.replacing("/queues/", with: "/streams/")
            try copyTree(streams, to: directory)
        } _: { path, directory, queue in
            let report = try StoredQueueLog(queueID: queue.id, directory: directory).inspect()
            #expect(report.damage == "entry 1 is none of a queue" && report.unacknowledgedCount == nil)
            try await DataFolder.withDataFolder(path: path, time: ManualTime(), logger: quiet) { folder in
                let message = folder.queues.damaged.first?.message ?? ""
                #expect(message.hasPrefix("queue orders: entry 1 of its log is none of a queue"), "\(message)")
                _ = try await folder.queues.queue(queue.resourceID)
            }
        }
    }

    @Test func noMoreQueuesAreMadeAtATimeThanMayBe() async throws {
        try await withTemporaryPath { path in
            let time = ManualTime()
            var configuration = DataFolder.Configuration()
            configuration.transitionMilliseconds = 500
            configuration.maximumTransitionCount = Limits.maximumTransitioningStreamCount
            try await DataFolder.withDataFolder(
                path: path,
                configuration: configuration,
                time: time,
                logger: quiet
            ) { folder in
                _ = try await folder.makeStreamOnDemand()
                time.advance(milliseconds: 500)
                for number in 0..<Limits.maximumTransitioningStreamCount {
                    #expect(try await folder.makeQueue("q\(number)").status == .creating)
                }
                await #expect { try await folder.makeQueue("more") } throws: { error in
                    (error as? ServiceError)?.code == .limitExceeded
                }
                time.advance(milliseconds: 500)
                #expect(try await folder.makeQueue("more").status == .creating)
            }
        }
    }
}
