import Dispatch
import Synchronization
import WeirLogSimulation

/// Holds the first operation of a disk that is of a kind until it is opened.
final class OperationGate: Sendable {
    private let held = DispatchSemaphore(value: 0)
    private let begun: AsyncStream<Void>

    init(_ disk: MemoryDisk, _ isHeld: @escaping @Sendable (MemoryDisk.Operation) -> Bool) {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        begun = stream
        let hasHeld = Atomic<Bool>(false)
        disk.judge = { [held] operation in
            if isHeld(operation), !hasHeld.exchange(true, ordering: .relaxed) {
                continuation.yield()
                held.wait()
            }
            return .proceed
        }
    }

    func waitUntilHeld() async {
        for await _ in begun { return }
    }

    func open() { held.signal() }
}
