import Synchronization
import WeirWire

/// What was read of a shard and waits for its handler: one task reads, another delivers.
final class PageBuffer: Sendable {
    enum Element {
        /// Records that were fetched.
        case page(ShardPage)
        /// The shard has no more; these go on.
        case end([ChildShard])
    }

    private struct State {
        var machine: PrefetchStateMachine
        var elements: [Element] = []
        /// No more is wanted, and what is there is not needed any more.
        var isClosed = false
        /// No more comes.
        var isFinished = false
        var reader: CheckedContinuation<Bool, Never>?
        var handler: CheckedContinuation<Element?, Never>?
    }

    private let state: Mutex<State>

    init(_ limits: Prefetch) { state = Mutex(State(machine: PrefetchStateMachine(limits))) }

    // MARK: The task that reads

    /// Waits until a fetch may begin. False when no more is wanted.
    func mayFetch() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Bool? in
                if state.isClosed { return false }
                if state.machine.mayFetch { return true }
                state.reader = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Something was read.
    func put(_ element: Element) {
        let handler = state.withLock { state -> CheckedContinuation<Element?, Never>? in
            state.machine.fetched(records: element.recordCount, bytes: element.byteCount)
            guard let handler = state.handler.take() else {
                if !state.isClosed { state.elements.append(element) }
                return nil
            }
            state.machine.taken(records: element.recordCount, bytes: element.byteCount)
            return handler
        }
        handler?.resume(returning: element)
    }

    /// No more is read.
    func finish() {
        let handler = state.withLock { state in
            state.isFinished = true
            return state.handler.take()
        }
        handler?.resume(returning: nil)
    }

    // MARK: The task that delivers

    /// The next element, when there is one. Nil when no more comes or is wanted.
    func next() async -> Element? {
        await withCheckedContinuation { continuation in
            let (answer, reader) = state.withLock { state -> (Element??, CheckedContinuation<Bool, Never>?) in
                if state.isClosed { return (.some(nil), nil) }
                guard !state.elements.isEmpty else {
                    if state.isFinished { return (.some(nil), nil) }
                    state.handler = continuation
                    state.machine.handlerWaits()
                    return (nil, state.reader.take())
                }
                let element = state.elements.removeFirst()
                state.machine.taken(records: element.recordCount, bytes: element.byteCount)
                return (element, state.machine.mayFetch ? state.reader.take() : nil)
            }
            reader?.resume(returning: true)
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Ends both sides: what was read is dropped.
    func close() {
        let (reader, handler) = state.withLock { state in
            state.isClosed = true
            state.elements = []
            return (state.reader.take(), state.handler.take())
        }
        reader?.resume(returning: false)
        handler?.resume(returning: nil)
    }
}

extension PageBuffer.Element {
    fileprivate var recordCount: Int { if case .page(let page) = self { page.records.count } else { 0 } }

    fileprivate var byteCount: Int { if case .page(let page) = self { page.byteCount } else { 0 } }
}
