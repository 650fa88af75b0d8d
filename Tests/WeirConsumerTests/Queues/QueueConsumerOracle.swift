/// What must hold of consumers of a queue, whatever happens. `SimulatedQueueConsumer` says where.
struct QueueConsumerOracle {
    var isCalm = true
    private(set) var complaints: [String] = []

    mutating func complain(_ complaint: String) {
        if complaints.count < 3 { complaints.append(complaint) }
    }

    mutating func check(_ holds: Bool, _ complaint: @autoclosure () -> String) {
        if !holds { complain(complaint()) }
    }
}
