import Synchronization
import WeirLogSimulation

/// Takes down which names files of a disk are given, in their order.
final class Renames: Sendable {
    private let seen = Mutex<[String]>([])

    init(_ disk: MemoryDisk) {
        disk.judge = { [weak self] operation in
            if operation.kind == .rename { self?.seen.withLock { $0.append(operation.path) } }
            return .proceed
        }
    }

    /// The names.
    var paths: [String] { seen.withLock(\.self) }
}
