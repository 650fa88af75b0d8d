import Synchronization

/// Something that happens once, for tasks that look now and then.
final class OneTimeFlag: Sendable {
    private let flag = Atomic(false)

    /// Whether it has happened.
    var isSet: Bool { flag.load(ordering: .acquiring) }

    /// It has happened.
    func set() { flag.store(true, ordering: .releasing) }
}
