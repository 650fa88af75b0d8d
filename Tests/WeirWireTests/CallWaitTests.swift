import Synchronization
import Testing
import WeirModel
import WeirWire

@Suite struct CallWaitTests {
    @Test(arguments: [("1", 1), ("10000", 10_000), ("20000", 20_000), ("20001", 20_000), ("999999999999", 20_000)])
    func aHeaderAsksForSoManyMilliseconds(header: String, milliseconds: Int) throws {
        #expect(try #require(CallWait(header: header)).longest == .milliseconds(milliseconds))
    }

    @Test(arguments: ["", "0", "-1", "1.5", "10s", " 10", "9999999999999999999", "99999999999999999999999"])
    func anyOtherHeaderDoesNot(header: String) { #expect(CallWait(header: header) == nil) }

    /// Waits, on a clock that moves by so many nanoseconds meanwhile.
    private func wait(
        _ wait: CallWait,
        nanoseconds: UInt64,
        until isReady: @escaping @Sendable () async throws(ServiceError) -> Void = {},
        sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in await CallWaitTests.forever() }
    ) async throws(ServiceError) {
        let readings = Mutex([1000 + nanoseconds, 1000])
        try await wait.wait(until: isReady, sleep: sleep) { readings.withLock { $0.popLast() ?? 0 } }
    }

    /// Returns when it is cancelled.
    private static func forever() async {
        let (stream, _) = AsyncStream<Never>.makeStream()
        for await _ in stream {}
    }

    @Test(arguments: [(0, "0"), (1, "1"), (1_000_000, "1"), (1_000_001, "2"), (7_312_000_000, "7312")])
    func theAnswerTellsHowLongItWas(nanoseconds: UInt64, header: String) async throws {
        let wait = CallWait(longest: .seconds(10))
        #expect(wait.waited == nil && wait.responseValue == nil && wait.waitedNanoseconds == 0)
        try await self.wait(wait, nanoseconds: nanoseconds)
        #expect(wait.waited == .nanoseconds(Int64(nanoseconds)))
        #expect(wait.waitedNanoseconds == nanoseconds)
        #expect(wait.responseValue == header)
    }

    @Test func aCallThatNeedNotWaitSaysSo() {
        let wait = CallWait(longest: .seconds(10))
        wait.isNotNeeded()
        #expect(wait.waited == .zero && wait.responseValue == "0")
    }

    @Test func itEndsWithItsTimeWithItsCauseAndWhenItIsCancelled() async throws {
        let slept = Mutex<Duration?>(nil)
        try await wait(CallWait(longest: .seconds(7)), nanoseconds: 1, until: { await Self.forever() }) { duration in
            slept.withLock { $0 = duration }
        }
        #expect(slept.withLock(\.self) == .seconds(7))
        let failing = CallWait(longest: .seconds(7))
        let error = await #expect(throws: ServiceError.self) {
            try await wait(failing, nanoseconds: 5) { () throws(ServiceError) in
                throw ServiceError(.resourceNotFound, "gone")
            }
        }
        #expect(error?.code == .resourceNotFound)
        #expect(failing.waitedNanoseconds == 5)
        let cancelled = CallWait(longest: .seconds(7))
        async let end: Void = wait(cancelled, nanoseconds: 1, until: { await Self.forever() })
        cancelled.cancel()
        try await end
        // It stays so.
        try await wait(cancelled, nanoseconds: 1, until: { await Self.forever() })
    }

    @Test func aReservationTakesItsPlaceWhenItIsAskedForRoom() {
        let memory = ReplyMemory()
        let reservation = ReplyReservation(memory)
        #expect(memory.bytes == 0 && reservation.allowance == nil)
        let room = reservation.room
        #expect(room == Limits.maximumGetRecordsSizeInBytes)
        let taken = memory.bytes
        #expect(taken >= room)
        #expect(reservation.room == room && memory.bytes == taken)
        reservation.release()
        #expect(memory.bytes == 0 && reservation.allowance == nil)
        #expect(reservation.room == room)
        reservation.allowance?.made(bytes: 5)
        #expect(memory.bytes == 5)
    }
}
