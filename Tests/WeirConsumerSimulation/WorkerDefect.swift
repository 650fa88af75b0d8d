import WeirClient
import WeirModel
import WeirWire

/// Something that is wrong on purpose: the oracle must find each of them. The worker itself is right: it is shown something wrong,
/// or its handler does not do what it says.
package enum WorkerDefect: String, CaseIterable, Sendable {
    /// A batch that the handler fails on counts as processed, as with the KCL.
    case failuresAreSwallowed
    /// A handler checkpoints what it is about to process.
    case checkpointsBeforeProcessing
    /// What is put to the dead letters is lost.
    case deadLettersAreLost
    /// Keys are processed side by side although the shard must be in order.
    case keysOvertakeEachOther
    /// A worker's clock stands still while it sleeps.
    case clockStandsStillInSleep
    /// The table writes whatever the condition says.
    case conditionsDoNothing
    /// No lease tells of its parents.
    case childrenBeforeParents

    /// What a worker is shown of an answer of its lease table.
    func shown<R>(_ response: R) -> R {
        guard self == .childrenBeforeParents else { return response }
        if var scan = response as? Scan.Response {
            scan.items = scan.items?.map { Self.withoutParents($0) }
            return scan as? R ?? response
        }
        if var get = response as? GetItem.Response {
            get.item = get.item.map { Self.withoutParents($0) }
            return get as? R ?? response
        }
        return response
    }

    static func withoutParents(_ item: Item) -> Item { item.filter { $0.key != "parentShardId" } }
}
