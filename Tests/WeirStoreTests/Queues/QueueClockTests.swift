import Synchronization
import Testing
import WeirModel
import WeirRuntime

@testable import WeirStore

/// Queues on a machine whose wall clock is set: times that are running end when they should.
@Suite struct QueueClockTests {
    /// A clock that goes forward, and a wall clock that does so too, but is set now and then.
    private final class SettableTime: TimeSource {
        private let state: Mutex<(wall: Int64, monotonic: UInt64)>

        init(wall: Int64 = ManualTime.start) { state = Mutex((wall, 1_000_000_000)) }

        var wallMilliseconds: Int64 { state.withLock(\.wall) }
        var monotonicNanoseconds: UInt64 { state.withLock(\.monotonic) }

        func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }

        func advance(milliseconds: Int64) {
            state.withLock { state in
                state.wall += milliseconds
                state.monotonic += UInt64(milliseconds) * 1_000_000
            }
        }

        func setWall(by milliseconds: Int64) { state.withLock { $0.wall += milliseconds } }
    }

    private static let hour: Int64 = 3_600_000

    @Test(arguments: [[hour], [-hour], [hour, -hour], [-hour, 3 * hour, -2 * hour]])
    func aClockThatIsSetNeitherShortensNorLengthensATime(steps: [Int64]) async throws {
        try await withTemporaryPath { path in
            let time = SettableTime()
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                let stream = try await folder.makeStreamOnDemand()
                let queue = try await folder.makeQueue()
                try await folder.streams.put(["a"], of: stream)
                #expect(try await receive(folder, queue, visibility: 100).count == 1)
                for step in steps {
                    time.setWall(by: step)
                    time.advance(milliseconds: 1000)
                    #expect(try await receive(folder, queue).isEmpty)
                }
                time.advance(milliseconds: 98_999 - Int64(steps.count - 1) * 1000)
                #expect(try await receive(folder, queue).isEmpty)
                time.advance(milliseconds: 1)
                let again = try await receive(folder, queue, visibility: 10)
                #expect(again.map(\.receiveCount) == [2])
                time.advance(milliseconds: 10_000)
                #expect(try await receive(folder, queue).map(\.receiveCount) == [3])
            }
        }
    }

    /// Nothing tells how long the machine was off: time goes on where the newest event left it.
    @Test func aClockThatWasSetBackOverARestartLengthensNoTime() async throws {
        try await withTemporaryPath { path in
            var queue: QueueDescription?
            try await DataFolder.withDataFolder(path: path, time: SettableTime(), logger: quiet) { folder in
                let stream = try await folder.makeStreamOnDemand()
                let made = try await folder.makeQueue()
                queue = made
                try await folder.streams.put(["a"], of: stream)
                #expect(try await receive(folder, made, visibility: 30).count == 1)
            }
            let time = SettableTime(wall: ManualTime.start - Self.hour)
            let made = try #require(queue)
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                let early = try await receive(folder, made)
                #expect(early.isEmpty)
                time.advance(milliseconds: 29_999)
                #expect(try await receive(folder, made).isEmpty)
                time.advance(milliseconds: 1)
                #expect(try await receive(folder, made).map(\.receiveCount) == [2])
            }
        }
    }

    /// The arrival is told by the wall clock: no record is received before it arrived.
    @Test func theFirstReceiveIsNotBeforeTheArrival() async throws {
        try await withTemporaryPath { path in
            let time = SettableTime()
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                let stream = try await folder.makeStreamOnDemand()
                let queue = try await folder.makeQueue()
                time.setWall(by: Self.hour)
                try await folder.streams.put(["a"], of: stream)
                let delivery = try #require(try await receive(folder, queue).first)
                #expect(delivery.firstReceivedAt >= delivery.record.approximateArrival)
            }
        }
    }
}
