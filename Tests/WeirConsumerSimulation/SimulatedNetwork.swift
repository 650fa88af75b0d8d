import Synchronization
import WeirLeases
import WeirModel
import WeirSimulation

/// What a worker calls.
package enum SimulatedService: Hashable, Sendable {
    case table
    case stream
}

/// Between workers and services: calls take time, and some go wrong.
package final class SimulatedNetwork: Sendable {
    private struct State {
        var faults = LeaseFaults()
        var random: SplitMix64
        var cutUntil: [ObjectIdentifier: [SimulatedService: UInt64]] = [:]
        var tableDownUntil: UInt64 = 0
    }

    /// What becomes of a call.
    private struct Fate {
        var there: UInt64
        var back: UInt64
        var reaches = true
        var isAnswered = true
        var isRepeated = false
        var isRefused = false
        var timeout: UInt64
    }

    private static let millisecond: UInt64 = 1_000_000

    let scheduler: SimulatedScheduler
    /// Where the services work.
    private let services: SimulatedProcess
    private let failoverTime: UInt64
    private let state: Mutex<State>

    package init(_ scheduler: SimulatedScheduler, failoverTime: UInt64, seed: UInt64) {
        self.scheduler = scheduler
        self.failoverTime = failoverTime
        services = SimulatedProcess(scheduler)
        state = Mutex(State(random: SplitMix64(seed: seed)))
    }

    package var faults: LeaseFaults {
        get { state.withLock(\.faults) }
        set { state.withLock { $0.faults = newValue } }
    }

    /// No call of a process reaches a service for a while.
    package func cut(_ process: SimulatedProcess, from service: SimulatedService, for duration: UInt64) {
        let until = scheduler.now + duration
        state.withLock { $0.cutUntil[ObjectIdentifier(process), default: [:]][service] = until }
    }

    func isCut(_ process: SimulatedProcess, from service: SimulatedService) -> Bool {
        let now = scheduler.now
        return state.withLock { now < $0.cutUntil[ObjectIdentifier(process)]?[service] ?? 0 }
    }

    /// The table answers nothing for a while.
    package func stopTable(for duration: UInt64) {
        let until = scheduler.now + duration
        state.withLock { $0.tableDownUntil = until }
    }

    private func isDown(_ service: SimulatedService) -> Bool {
        let now = scheduler.now
        return service == .table && state.withLock { now < $0.tableDownUntil }
    }

    /// Whether the change feed leaves something out now.
    func missesChange() -> Bool { state.withLock { $0.random.chance($0.faults.missedChange) } }

    /// Calls a service: `effect` is what the call does there. Throws what the service throws, `connectionFailure` when the call or
    /// its answer is lost, and `cancelled` when the task is cancelled, as a client does: then nobody knows what became of it.
    func call<T: Sendable>(
        _ process: SimulatedProcess,
        _ service: SimulatedService,
        _ effect: @escaping @Sendable () async throws(ServiceError) -> T
    ) async throws(ServiceError) -> T {
        guard process.isAlive, !Task.isCancelled else { throw ServiceError(.cancelled, "") }
        let fate = fate(process, service)
        let answer = Answer<T>()
        let scheduler = scheduler
        Task(executorPreference: services) {
            guard fate.reaches else { return }
            try? await scheduler.sleep(nanoseconds: fate.there)
            guard !self.isDown(service) else { return answer.give(.failure(Self.lost)) }
            if fate.isRefused {
                return answer.give(.failure(ServiceError(.provisionedThroughputExceeded, "Slow down")))
            }
            var result = await Self.result(effect)
            if fate.isRepeated { result = await Self.result(effect) }
            try? await scheduler.sleep(nanoseconds: fate.back)
            if fate.isAnswered { answer.give(result) }
        }
        scheduler.after(fate.timeout) { answer.give(.failure(Self.lost)) }
        return try await answer.value()
    }

    private static let lost = ServiceError(.connectionFailure, "No answer came")

    private static func result<T>(
        _ effect: @Sendable () async throws(ServiceError) -> T
    ) async -> Result<T, ServiceError> {
        do throws(ServiceError) { return .success(try await effect()) } catch { return .failure(error) }
    }

    private func fate(_ process: SimulatedProcess, _ service: SimulatedService) -> Fate {
        let isCut = isCut(process, from: service)
        return state.withLock { state in
            var fate = Fate(
                there: Self.millisecond + state.random.time(below: 4 * Self.millisecond),
                back: Self.millisecond + state.random.time(below: 4 * Self.millisecond),
                timeout: failoverTime / 2
            )
            let faults = state.faults
            if isCut || state.random.chance(faults.lostRequest) {
                fate.reaches = false
            } else if state.random.chance(faults.lostResponse) {
                fate.isAnswered = false
            } else if state.random.chance(faults.lateRequest) {
                fate.isAnswered = false
                fate.there = fate.timeout + state.random.time(below: failoverTime / 10)
            } else if state.random.chance(faults.slowCall) {
                fate.back += state.random.time(below: failoverTime / 2)
            }
            fate.isRepeated = state.random.chance(faults.repeatedCall)
            fate.isRefused = state.random.chance(faults.throttled)
            return fate
        }
    }

    /// What a caller waits for: the first that comes.
    private final class Answer<T: Sendable>: Sendable {
        private struct State {
            var result: Result<T, ServiceError>?
            var continuation: CheckedContinuation<Result<T, ServiceError>, Never>?
        }

        private let state = Mutex(State())

        func give(_ result: Result<T, ServiceError>) {
            let continuation = state.withLock { state -> CheckedContinuation<Result<T, ServiceError>, Never>? in
                guard state.result == nil else { return nil }
                state.result = result
                return state.continuation.take()
            }
            continuation?.resume(returning: result)
        }

        func value() async throws(ServiceError) -> T {
            let result = await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let known = state.withLock { state in
                        if state.result == nil { state.continuation = continuation }
                        return state.result
                    }
                    if let known { continuation.resume(returning: known) }
                }
            } onCancel: {
                give(.failure(ServiceError(.cancelled, "")))
            }
            return try result.get()
        }
    }
}
