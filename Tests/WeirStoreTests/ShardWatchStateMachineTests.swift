import Testing
import WeirModel

@testable import WeirStore

/// Readers that look, find nothing and wait; appends that make a record visible and then signal; and cancellation: every
/// order of their steps.
@Suite struct ShardWatchStateMachineTests {
    private struct Model: Hashable {
        enum Reader: Hashable {
            case idle
            case looking(ShardWatchStateMachine.Watch)
            case parking(ShardWatchStateMachine.Watch)
            case parked(ShardWatchStateMachine.Watch)
            case done
        }

        enum Append: Hashable { case waiting, visible, signalled }
        enum Cancellation: Hashable { case none, flagged, told }

        enum Move: Hashable {
            case read(Int)
            case append(Int)
            case cancel(Int)
        }

        let shardOfReader: [ShardID]
        let shardOfAppend: [ShardID]
        let cancellable: Set<Int>
        var machine = ShardWatchStateMachine()
        var readers: [Reader]
        var appends: [Append]
        var cancellations: [Cancellation]

        init(readers: [UInt32], appends: [UInt32], cancellable: Set<Int>) {
            shardOfReader = readers.map { ShardID($0) }
            shardOfAppend = appends.map { ShardID($0) }
            self.cancellable = cancellable
            self.readers = readers.map { _ in .idle }
            self.appends = appends.map { _ in .waiting }
            cancellations = readers.map { _ in .none }
        }

        func isVisible(to reader: Int) -> Bool {
            zip(shardOfAppend, appends).contains { $0 == shardOfReader[reader] && $1 != .waiting }
        }

        var moves: [Move] {
            var moves: [Move] = []
            for (index, reader) in readers.enumerated() {
                switch reader {
                case .parked, .done: break
                case .idle, .looking, .parking: moves.append(.read(index))
                }
            }
            for (index, append) in appends.enumerated() where append != .signalled { moves.append(.append(index)) }
            for index in cancellable where cancellations[index] != .told { moves.append(.cancel(index)) }
            return moves
        }

        mutating func perform(_ move: Move) {
            switch move {
            case .read(let index): step(reader: index)
            case .append(let index):
                if appends[index] == .waiting {
                    appends[index] = .visible
                } else {
                    appends[index] = .signalled
                    wake(machine.signal([shardOfAppend[index]]))
                }
            case .cancel(let index):
                if cancellations[index] == .none {
                    cancellations[index] = .flagged
                    return
                }
                cancellations[index] = .told
                switch readers[index] {
                case .idle, .done: break
                case .looking(let watch), .parking(let watch), .parked(let watch):
                    let wasParked = machine.cancel(watch)
                    #expect(wasParked == (readers[index] == .parked(watch)))
                    if wasParked { readers[index] = .looking(watch) }
                }
            }
        }

        private mutating func step(reader index: Int) {
            switch readers[index] {
            case .idle: readers[index] = .looking(machine.begin(shardOfReader[index]))
            case .looking(let watch):
                if isVisible(to: index) || cancellations[index] != .none {
                    machine.end(watch)
                    readers[index] = .done
                } else {
                    readers[index] = .parking(watch)
                }
            case .parking(let watch): readers[index] = machine.park(watch) ? .parked(watch) : .looking(watch)
            case .parked, .done: break
            }
        }

        private mutating func wake(_ woken: [ShardWatchStateMachine.Watch]) {
            for watch in woken {
                let index = readers.firstIndex(of: .parked(watch))
                #expect(index != nil, "Somebody is woken who does not wait.")
                if let index {
                    #expect(isVisible(to: index), "A reader of another shard is woken.")
                    readers[index] = .looking(watch)
                }
            }
        }
    }

    @Test(
        arguments: [
            (readers: [0], appends: [0, 0], cancellable: []), ([0], [0, 1], [0]), ([0, 0], [0, 1], [1]),
            ([0, 1], [0, 1, 0], []), ([0, 1, 0], [0, 2], [0, 1]), ([0, 0], [], [0, 1]),
        ] as [(readers: [UInt32], appends: [UInt32], cancellable: Set<Int>)]
    )
    func nobodyWaitsForWhatIsThere(readers: [UInt32], appends: [UInt32], cancellable: Set<Int>) {
        var seen: Set<Model> = []
        var pending = [Model(readers: readers, appends: appends, cancellable: cancellable)]
        var ends = 0
        while let model = pending.popLast() {
            guard seen.insert(model).inserted else { continue }
            let moves = model.moves
            for move in moves {
                var next = model
                next.perform(move)
                pending.append(next)
            }
            guard moves.isEmpty else { continue }
            ends += 1
            for index in model.readers.indices {
                let hasReason = model.isVisible(to: index) || cancellable.contains(index)
                let isDone = model.readers[index] == .done
                #expect(isDone == hasReason)
            }
            #expect(model.machine.count == model.readers.count { $0 != .done })
        }
        #expect(ends > 0)
        #expect(seen.count > 20)
    }

    @Test func allAreWokenAtOnce() {
        var machine = ShardWatchStateMachine()
        let watches = [0, 0, 1, 2].map { machine.begin(ShardID($0)) }
        let parked = watches.map { machine.park($0) }
        #expect(parked == [true, true, true, true])
        let woken = machine.signalAll()
        #expect(Set(woken) == Set(watches))
        let again = machine.signalAll()
        #expect(again.isEmpty)
        for watch in watches { machine.end(watch) }
        #expect(machine.count == 0)
    }
}
