import Testing

@testable import WeirLog

@Suite struct AppendQueueTests {
    typealias Queue = AppendQueueStateMachine<Int>

    @Test func writerIsStartedOnce() {
        var queue = Queue(maximumBatchSize: 100, maximumPendingSize: 100, maximumWaitingCount: 10)
        step(queue.enqueue(1, size: 10).name, "start")
        step(queue.enqueue(2, size: 10).name, "none")
        step(queue.next().name, "commit [1, 2] 20")
        step(queue.enqueue(3, size: 10).name, "none")
        queue.complete(size: 20)
        step(queue.next().name, "commit [3] 10")
        queue.complete(size: 10)
        step(queue.next().name, "stop")
        step(queue.enqueue(4, size: 0).name, "start")
    }

    @Test func batchesAreBoundedButNeverEmpty() {
        var queue = Queue(maximumBatchSize: 100, maximumPendingSize: 1000, maximumWaitingCount: 10)
        for (request, size) in [(1, 150), (2, 60), (3, 40), (4, 1), (5, 0)] { _ = queue.enqueue(request, size: size) }
        step(queue.next().name, "commit [1] 150")
        step(queue.next().name, "commit [2, 3] 100")
        step(queue.next().name, "commit [4, 5] 1")
    }

    @Test func exclusiveRequestStandsAlone() {
        var queue = Queue(maximumBatchSize: 100, maximumPendingSize: 100, maximumWaitingCount: 10)
        _ = queue.enqueue(1, size: 1)
        _ = queue.enqueue(2, size: 0, isExclusive: true)
        _ = queue.enqueue(3, size: 1)
        step(queue.next().name, "commit [1] 1")
        step(queue.next().name, "perform 2")
        step(queue.next().name, "commit [3] 1")
        step(queue.next().name, "stop")
    }

    @Test func syncGoesAheadOfWhatWaits() {
        var queue = Queue(maximumBatchSize: 100, maximumPendingSize: 100, maximumWaitingCount: 10)
        _ = queue.enqueue(1, size: 1)
        step("\(queue.requestSync())", "false")
        step(queue.next().name, "sync")
        step(queue.next().name, "commit [1] 1")
        step(queue.next().name, "stop")
        step("\(queue.requestSync())", "true")
        step(queue.enqueue(2, size: 1).name, "none")
        step(queue.next().name, "sync")
        step(queue.next().name, "commit [2] 1")
        step(queue.next().name, "stop")
        _ = queue.refuse(LogError(.closed, "closed"))
        step("\(queue.requestSync())", "false")
    }

    @Test func pendingBytesAreBoundedAndOrderIsKept() {
        var queue = Queue(maximumBatchSize: 100, maximumPendingSize: 100, maximumWaitingCount: 10)
        _ = queue.enqueue(1, size: 60)
        _ = queue.enqueue(2, size: 40)
        _ = queue.enqueue(3, size: 500)
        _ = queue.enqueue(4, size: 0)
        #expect(queue.pendingSize == 100)
        #expect(queue.waitingCount == 2)
        step(queue.next().name, "commit [1, 2] 100")
        queue.complete(size: 100)
        #expect(queue.pendingSize == 500, "a request larger than the bound goes alone")
        #expect(queue.waitingCount == 1)
        step(queue.next().name, "commit [3] 500")
        queue.complete(size: 500)
        step(queue.next().name, "commit [4] 0")
        queue.complete(size: 0)
        step(queue.next().name, "stop")
        #expect(queue.pendingSize == 0)
    }

    @Test func tooManyWaitingAreOverload() {
        var queue = Queue(maximumBatchSize: 10, maximumPendingSize: 10, maximumWaitingCount: 2)
        for request in 1...3 { _ = queue.enqueue(request, size: 10) }
        step(queue.enqueue(4, size: 10).name, "refuse 4 overloaded")
        step(queue.next().name, "commit [1] 10")
        queue.complete(size: 10)
        step(queue.enqueue(5, size: 10).name, "none")
    }

    @Test func refusalLetsEarlierRequestsPass() {
        var queue = Queue(maximumBatchSize: 10, maximumPendingSize: 10, maximumWaitingCount: 2)
        _ = queue.enqueue(1, size: 10)
        _ = queue.enqueue(2, size: 10)
        let (first, second) = (queue.refuse(LogError(.closed, "")), queue.refuse(LogError(.failed, "")))
        #expect(first && !second)
        step(queue.enqueue(3, size: 1).name, "refuse 3 closed")
        step(queue.next().name, "commit [1] 10")
        queue.complete(size: 10)
        step(queue.next().name, "commit [2] 10")
    }

    @Test func failureAbandonsAll() {
        var queue = Queue(maximumBatchSize: 10, maximumPendingSize: 20, maximumWaitingCount: 2)
        for request in 1...3 { _ = queue.enqueue(request, size: 10) }
        step(queue.next().name, "commit [1] 10")
        let abandoned = queue.fail(LogError(.failed, ""))
        #expect(abandoned == [2, 3])
        queue.complete(size: 10)
        #expect(queue.pendingSize == 0)
        step(queue.next().name, "stop")
        step(queue.enqueue(4, size: 1).name, "refuse 4 failed")
    }
}

/// Checks the name of an action. (A macro cannot call what changes the machine.)
private func step(_ name: String, _ expected: String, at location: SourceLocation = #_sourceLocation) {
    #expect(name == expected, sourceLocation: location)
}

extension AppendQueueStateMachine.EnqueueAction {
    var name: String {
        switch self {
        case .none: "none"
        case .startWriter: "start"
        case .refuse(let request, let error): "refuse \(request) \(error.code)"
        }
    }
}

extension AppendQueueStateMachine.WriterAction {
    var name: String {
        switch self {
        case .commit(let requests, let size): "commit \(requests) \(size)"
        case .perform(let request): "perform \(request)"
        case .sync: "sync"
        case .stop: "stop"
        }
    }
}
