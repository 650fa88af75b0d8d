/// Hands what was fetched of one shard to its processor, one fetch after the other.
struct BatchDelivery: PageDelivery {
    private let tools: DeliveryTools
    private let keeper: CheckpointKeeper

    init(tools: DeliveryTools, keeper: CheckpointKeeper) {
        self.tools = tools
        self.keeper = keeper
    }

    func deliver(_ page: ShardPage) async -> PortionDelivery.Outcome {
        var delivery = PortionDelivery(tools: tools)
        let records = page.records
        let outcome = await delivery.deliver(records, millisBehindLatest: page.millisBehindLatest) { done in
            if let last = done.last { keeper.advance(to: records[last]) }
            await keeper.saveIfDue()
        }
        guard outcome == .delivered else { return outcome }
        return await keeper.saveSoon() ? .delivered : .stopped
    }

    func finish() async -> PortionDelivery.Outcome { .delivered }
}

/// Delivers what was fetched of one shard.
protocol PageDelivery {
    /// Takes a page; returns when the next one may come.
    func deliver(_ page: ShardPage) async -> PortionDelivery.Outcome

    /// Returns when all that was taken is dealt with, or nothing more will be.
    func finish() async -> PortionDelivery.Outcome
}
