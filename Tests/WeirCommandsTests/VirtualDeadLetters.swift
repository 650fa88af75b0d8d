import NIOCore
import Synchronization
import WeirClient
import WeirModel
import WeirRuntime
import WeirWire

/// The dead letters of a queue in virtual time: which is visible when, and who may speak of it.
struct VirtualDeadLetters: Sendable {
    struct Letter {
        var id: String
        var visibleAt: UInt64 = 0
        var deliveries = 0

        var receiptHandle: String { "\(id)#\(deliveries)" }
    }

    /// By the ID of the record.
    private(set) var letters: [String: Letter]

    private let ids: [String]

    init(_ ids: [String]) {
        self.ids = ids
        letters = Dictionary(uniqueKeysWithValues: ids.map { ($0, Letter(id: $0)) })
    }

    func visibleCount(at now: UInt64) -> Int { letters.values.filter { $0.visibleAt <= now }.count }

    /// When the last of them is visible again.
    var allVisibleAt: UInt64 { letters.values.map(\.visibleAt).max() ?? 0 }

    /// Which may be received is up to chance, as for Amazon's queues.
    mutating func receive(
        _ count: Int,
        hold seconds: Int,
        at now: UInt64,
        using random: inout some RandomNumberGenerator
    ) -> [QueueRecord] {
        var visible = ids.filter { letters[$0].map { $0.visibleAt <= now } ?? false }
        return (0..<min(count, visible.count)).compactMap { _ in
            visible.swapAt(Int.random(in: visible.indices, using: &random), visible.endIndex - 1)
            guard let id = visible.popLast(), var letter = letters[id] else { return nil }
            letter.deliveries += 1
            letter.visibleAt = now + UInt64(seconds) * 1_000_000_000
            letters[id] = letter
            return Self.record(id, handle: letter.receiptHandle)
        }
    }

    /// Which of the deliveries were overtaken, or are of letters that are gone.
    mutating func changeVisibility(_ handles: [String], to seconds: Int, at now: UInt64) -> Set<String> {
        var lost: Set<String> = []
        for handle in handles {
            guard let id = id(of: handle) else {
                lost.insert(handle)
                continue
            }
            letters[id]?.visibleAt = now + UInt64(seconds) * 1_000_000_000
        }
        return lost
    }

    /// The letters are not in the queue any more. Which of the deliveries were overtaken.
    mutating func remove(_ handles: [String]) -> Set<String> {
        var lost: Set<String> = []
        for handle in handles {
            if let id = id(of: handle) { letters[id] = nil } else { lost.insert(handle) }
        }
        return lost
    }

    private func id(of handle: String) -> String? {
        handle.split(separator: "#").first.map(String.init).flatMap { letters[$0]?.receiptHandle == handle ? $0 : nil }
    }

    static func record(_ id: String, handle: String, key: String? = "key", data: String = "data") -> QueueRecord {
        QueueRecord(
            receiptHandle: handle,
            recordID: id,
            partitionKey: key,
            data: ByteBuffer(string: data),
            approximateArrivalTimestamp: Timestamp(millisecondsSinceEpoch: 1_000),
            firstReceiveTimestamp: Timestamp(millisecondsSinceEpoch: 2_000),
            receiveCount: 7
        )
    }
}

/// A clock that stands still unless somebody sleeps.
final class StillTime: TimeSource {
    private let now = Mutex<UInt64>(1)

    var wallMilliseconds: Int64 { Int64(monotonicNanoseconds / 1_000_000) }
    var monotonicNanoseconds: UInt64 { now.withLock(\.self) }

    func sleep(for duration: Duration) async throws {
        let (seconds, attoseconds) = duration.components
        now.withLock { $0 += UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000) }
        await Task.yield()
    }
}

/// A service that has virtual dead letters and fails when it is told to.
final class DeadLetterService: KinesisCalling {
    /// What a call does instead of what it is to do: fails, or answers that each entry failed.
    enum Mishap: Sendable {
        case failure(ServiceError)
        case entries(code: String)
    }

    private struct State {
        var letters: VirtualDeadLetters
        var random = SystemRandomNumberGenerator()
        var calls: [String] = []
        /// Of the next calls of an action.
        var mishaps: [String: [Mishap]] = [:]
    }

    let time = StillTime()
    private let state: Mutex<State>

    init(_ ids: [String]) { state = Mutex(State(letters: VirtualDeadLetters(ids))) }

    /// The actions that were called.
    var calls: [String] { state.withLock(\.calls) }

    /// The IDs of the letters that are left, and how many of them are visible.
    var left: (ids: Set<String>, visibleCount: Int) {
        state.withLock { (Set($0.letters.letters.keys), $0.letters.visibleCount(at: time.monotonicNanoseconds)) }
    }

    /// The next calls of an action go wrong.
    func fail(_ action: String, _ mishaps: Mishap...) { state.withLock { $0.mishaps[action, default: []] += mishaps } }

    func call<A: KinesisAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response {
        let now = time.monotonicNanoseconds
        let result: Result<any WireMessage, ServiceError> = state.withLock { state in
            state.calls.append(A.name)
            let mishap = state.mishaps[A.name]?.isEmpty == false ? state.mishaps[A.name]?.removeFirst() : nil
            if case .failure(let error)? = mishap { return .failure(error) }
            if let request = request as? QueueReceiveInput {
                let records = state.letters.receive(
                    request.limit ?? 10,
                    hold: request.visibilityTimeoutSeconds ?? 30,
                    at: now,
                    using: &state.random
                )
                return .success(QueueReceiveOutput(queueRecords: records))
            }
            var handles: [String] = []
            var seconds: Int?
            if let request = request as? QueueReceiptsInput {
                handles = request.entries?.compactMap(\.receiptHandle) ?? []
            } else if let request = request as? QueueVisibilityInput {
                handles = request.entries?.compactMap(\.receiptHandle) ?? []
                seconds = request.entries?.first?.visibilityTimeoutSeconds
            }
            if case .entries(let code)? = mishap {
                let failed = handles.map { QueueErrorEntry(receiptHandle: $0, errorCode: code) }
                return .success(QueueEntriesOutput(successful: [], failed: failed))
            }
            let lost =
                if let seconds { state.letters.changeVisibility(handles, to: seconds, at: now) } else {
                    state.letters.remove(handles)
                }
            return .success(
                QueueEntriesOutput(
                    successful: handles.filter { !lost.contains($0) }.map { QueueResultEntry(receiptHandle: $0) },
                    failed: lost.map { QueueErrorEntry(receiptHandle: $0, errorCode: "ResourceNotFoundException") }
                )
            )
        }
        guard let answer = try result.get() as? A.Response else { throw ServiceError(.unknownOperation, A.name) }
        return answer
    }
}
