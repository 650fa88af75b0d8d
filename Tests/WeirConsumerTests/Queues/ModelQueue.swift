/// A queue as a service keeps it, in virtual time: who has which record until when.
struct ModelQueue {
    struct Receipt: Hashable {
        var record: Int
        var delivery: Int
    }

    struct State {
        var receiveCount = 0
        var delivery = 0
        var visibleAt: UInt64 = 0
        var isAcknowledged = false
    }

    private(set) var records: [State] = []

    mutating func put() { records.append(State()) }

    var isEmpty: Bool { records.allSatisfy(\.isAcknowledged) }

    /// When the next record becomes visible that is not.
    func nextVisible(after now: UInt64) -> UInt64? {
        records.lazy.filter { !$0.isAcknowledged && $0.visibleAt > now }.map(\.visibleAt).min()
    }

    mutating func receive(
        limit: Int,
        visibility: UInt64,
        at now: UInt64
    ) -> [(receipt: Receipt, receiveCount: Int)] {
        var received: [(receipt: Receipt, receiveCount: Int)] = []
        for index in records.indices where received.count < limit {
            guard !records[index].isAcknowledged, records[index].visibleAt <= now else { continue }
            records[index].receiveCount += 1
            records[index].delivery += 1
            records[index].visibleAt = now + visibility
            let receipt = Receipt(record: index, delivery: records[index].delivery)
            received.append((receipt, records[index].receiveCount))
        }
        return received
    }

    private func isValid(_ receipt: Receipt) -> Bool {
        let state = records[receipt.record]
        return !state.isAcknowledged && state.delivery == receipt.delivery
    }

    /// False: the receipt is not valid any more.
    mutating func acknowledge(_ receipt: Receipt) -> Bool {
        guard isValid(receipt) else { return false }
        records[receipt.record].isAcknowledged = true
        return true
    }

    /// False: the receipt is not valid any more.
    mutating func changeVisibility(_ receipt: Receipt, seconds: Int, at now: UInt64) -> Bool {
        guard isValid(receipt) else { return false }
        records[receipt.record].visibleAt = now + UInt64(seconds) * 1_000_000_000
        return true
    }
}
