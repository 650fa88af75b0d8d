import NIOCore
import Synchronization
import WeirWire

/// A body whose pieces a test makes, and which tells what was asked of it.
final class FakeStream: ReplyStream {
    struct State {
        var pieces: [ByteBuffer] = []
        var isFinished = false
        var isCancelled = false
        /// How often a piece was asked for.
        var pulls = 0
        fileprivate var reader: CheckedContinuation<ByteBuffer?, Never>?
        fileprivate var observers: [(condition: (State) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    let contentType = "application/x-pieces"
    /// When set, there is always another piece of this size.
    private let endlessPieceSize: Int?
    private let state = Mutex(State())

    init(endlessPieceSize: Int? = nil) { self.endlessPieceSize = endlessPieceSize }

    func next() async -> ReplyPiece? {
        let bytes: ByteBuffer? = await withCheckedContinuation { continuation in
            change { state in
                state.pulls += 1
                state.reader = continuation
                if let size = endlessPieceSize { state.pieces.append(ByteBuffer(repeating: 120, count: size)) }
            }
        }
        return bytes.map { ReplyPiece($0) }
    }

    func cancel() { change { $0.isCancelled = true } }

    /// Makes a piece.
    func yield(_ text: String) { change { $0.pieces.append(ByteBuffer(string: text)) } }

    func finish() { change { $0.isFinished = true } }

    var pulls: Int { state.withLock(\.pulls) }
    var isCancelled: Bool { state.withLock(\.isCancelled) }

    /// Waits until something is so.
    func wait(until condition: @escaping @Sendable (State) -> Bool) async {
        await withCheckedContinuation { continuation in
            change { $0.observers.append((condition, continuation)) }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let (answer, reader, observers) = state.withLock { state in
            body(&state)
            var answer: ByteBuffer?
            var reader: CheckedContinuation<ByteBuffer?, Never>?
            if !state.pieces.isEmpty || state.isFinished || state.isCancelled {
                reader = state.reader
                if reader != nil, !state.pieces.isEmpty, !state.isCancelled { answer = state.pieces.removeFirst() }
                state.reader = nil
            }
            let snapshot = state
            let ready = state.observers.filter { $0.condition(snapshot) }.map(\.continuation)
            state.observers.removeAll { $0.condition(snapshot) }
            return (answer, reader, ready)
        }
        reader?.resume(returning: answer)
        for observer in observers { observer.resume() }
    }
}
