import Testing
import WeirModel

@testable import WeirConsumer

private typealias Machine = QueueConsumerStateMachine

private let second: UInt64 = 1_000_000_000
private let millisecond: UInt64 = 1_000_000

/// How many calls about records are under way, and what a record on which they fail does to others.
@Suite struct QueueConsumerSettlingTests {
    /// A machine that holds so many records, which came at one time.
    private func trial(holding count: Int, at now: UInt64) -> QueueTrial {
        var trial = QueueTrial { $0.concurrency = count }
        var polls = trial.handle(.tick, at: now).receives
        while !polls.isEmpty {
            let poll = polls.removeFirst()
            polls += trial.receive(poll.limit, poll: poll.poll, at: now).receives
        }
        return trial
    }

    private func changes(_ actions: [Machine.Action]) -> [(call: Int, ids: [Int])] {
        actions.compactMap {
            if case .changeVisibility(let call, let ids, _) = $0 { (call: call, ids: ids) } else { nil }
        }
    }

    private func outcomes(_ ids: [Int], _ outcome: Machine.EntryOutcome) -> [Int: Machine.EntryOutcome] {
        Dictionary(uniqueKeysWithValues: ids.map { ($0, outcome) })
    }

    @Test func extensionsAreBoundedInNumberAndReachEveryRecord() {
        var trial = trial(holding: 1000, at: 0)
        var now = trial.machine.nextDeadline
        var calls = changes(trial.handle(.tick, at: now))
        #expect(calls.count == Machine.maximumExtensionCalls)
        var extended: [Int] = []
        while let call = calls.first {
            calls.removeFirst()
            extended += call.ids
            now += millisecond
            // Nothing is looked at again in vain meanwhile.
            #expect(trial.machine.nextDeadline > now)
            calls += changes(trial.handle(.answered(call: call.call, outcomes(call.ids, .done)), at: now))
            #expect(calls.count <= Machine.maximumExtensionCalls)
        }
        // Those that were not due within the same tenth of their time come later.
        #expect(extended.count > 500 && Set(extended).count == extended.count)
        while extended.count < 1000 {
            let deadline = trial.machine.nextDeadline
            #expect(deadline < 30 * second)
            var calls = changes(trial.handle(.tick, at: deadline))
            while let call = calls.popLast() {
                extended += call.ids
                calls += changes(trial.handle(.answered(call: call.call, outcomes(call.ids, .done)), at: deadline))
            }
        }
        #expect(Set(extended) == Set(1...1000))
    }

    /// Calls that are not answered leave the others in line, and what ends meanwhile is not extended.
    @Test func whatEndsWhileItsExtensionWaitsIsNotExtended() throws {
        var trial = trial(holding: 200, at: 0)
        let now = trial.machine.nextDeadline
        var calls = changes(trial.handle(.tick, at: now))
        let inLine = (1...200).filter { trial.machine.held[$0]?.isInExtensionLine == true }
        try #require(inLine.count > 20)
        // One is done, one fails: it is returned at once, since no other change of its visibility is under way.
        _ = trial.handle(.handled(inLine[0], .succeeded), at: now + 1)
        let acknowledgement = try #require(trial.handle(.tick, at: now + 10 * millisecond).acknowledged)
        #expect(acknowledgement.ids == [inLine[0]])
        _ = trial.handle(.handled(inLine[1], .failed(pauseSeconds: 3)), at: now + 10 * millisecond)
        let returned = try #require(trial.handle(.tick, at: now + 20 * millisecond).changed)
        #expect(returned.ids == [inLine[1]] && returned.seconds == [3])
        var later: [Int] = []
        while let call = calls.popLast() {
            let answer = Machine.Event.answered(call: call.call, outcomes(call.ids, .done))
            let more = changes(trial.handle(answer, at: now + 30 * millisecond))
            later += more.flatMap(\.ids)
            calls += more
        }
        #expect(!later.contains(inLine[0]) && !later.contains(inLine[1]) && later.contains(inLine[2]))
    }

    @Test func anAcknowledgementThatAlwaysFailsHoldsUpNoOther() throws {
        var trial = trial(holding: 20, at: 0)
        var now: UInt64 = 0
        var attempts: [UInt64] = []
        for id in 1...20 {
            // The first is never taken. Each of the others goes when its own delay is over.
            now += 500 * millisecond
            var actions = trial.handle(.handled(id, .succeeded), at: now)
            let end = now + 5 * millisecond
            while true {
                if let call = actions.acknowledged {
                    if call.ids.contains(1) { attempts.append(now) }
                    var answer = outcomes(call.ids, .done)
                    if answer[1] != nil { answer[1] = .failed }
                    _ = trial.handle(.answered(call: call.call, answer), at: now)
                    if call.ids.contains(id) { break }
                }
                now = trial.machine.nextDeadline
                try #require(now <= end, "record \(id) is held up")
                actions = trial.handle(.tick, at: now)
            }
        }
        #expect(trial.machine.held.keys.sorted() == [1])
        // It is tried again, more and more seldom.
        #expect(attempts.count > 3 && attempts.count < 12)
        // A shutdown waits for no pause.
        #expect(trial.handle(.shutdown, at: now).acknowledged?.ids == [1])
    }

    @Test func aLineGivesHalfOfACallToWhatIsTriedAgain() {
        var line = SettlingLine()
        for id in 1...20 { line.append(id, at: 0) }
        for id in 101...120 { line.append(id, notBefore: UInt64(200 - id)) }
        #expect(line.due(isHurried: false, delay: 5) == 0)
        // The first that may be are first, and none before its time.
        #expect(line.takeBatch(at: 82) == [120, 119, 118, 1, 2, 3, 4, 5, 6, 7])
        #expect(line.takeBatch(at: 95) == [117, 116, 115, 114, 113, 8, 9, 10, 11, 12])
        for id in 13...20 { line.remove(id) }
        line.remove(112)
        #expect(line.due(isHurried: false, delay: 5) == 89)
        #expect(line.takeBatch(at: 89) == [111])
        #expect(line.due(isHurried: true, delay: 5) == 90)
        line.forgetPauses()
        #expect(line.due(isHurried: false, delay: 5) == 0)
        #expect(line.takeBatch(at: 0) == Array((101...110).reversed()))
        #expect(line.due(isHurried: true, delay: 5) == nil)
    }
}
