import NIOCore
import Testing
import WeirModel
import WeirWire

@testable import WeirStore

@Suite struct ChangeFeedStateMachineTests {
    private static let small = ChangeFeedStateMachine.Limits(
        ring: ChangeRing.Limits(count: 8, bytes: 1000),
        tables: 2,
        retention: 60
    )

    private func change(_ key: String, bytes: Int? = nil) -> ChangeRing.Change {
        let item: Item = ["k": .string(key), "v": .string(String(repeating: "x", count: bytes ?? 0))]
        return ChangeRing.Change(
            key: ItemCoder.encode(["k": .string(key)]),
            newImage: bytes == nil ? nil : ItemCoder.encode(item)
        )
    }

    private func keys(_ changes: some Sequence<ChangeRing.Change>) -> [String] {
        changes.compactMap { change in
            guard case .string(let key)? = change.item?.key["k"] else { return nil }
            return key
        }
    }

    // MARK: The ring

    @Test func changesAreReadInOrderFromAnyPlaceThatIsKept() throws {
        var ring = ChangeRing(epoch: 7, limits: Self.small.ring)
        var places = [ring.end]
        for number in 0..<5 {
            ring.add(change("\(number)"))
            places.append(ring.end)
        }
        for (number, place) in places.enumerated() {
            let read = try #require(ring.changes(after: place, count: 100, bytes: 1000))
            #expect(keys(read.changes) == (number..<5).map(String.init))
            #expect(read.next == ring.end)
            #expect(ring.hasNews(after: place) == (number < 5))
        }
        let part = try #require(ring.changes(after: places[1], count: 2, bytes: 1000))
        #expect(keys(part.changes) == ["1", "2"])
        #expect(part.next == places[3])
        // One is given however large it is.
        #expect(keys(try #require(ring.changes(after: places[1], count: 9, bytes: 0)).changes) == ["1"])
    }

    @Test func noMoreIsKeptThanItsLimits() throws {
        var ring = ChangeRing(epoch: 7, limits: Self.small.ring)
        let start = ring.end
        for number in 0..<8 { ring.add(change("\(number)")) }
        #expect(ring.count == 8)
        #expect(ring.changes(after: start, count: 1, bytes: 1) != nil)
        let behindTheFirst = try #require(ring.changes(after: start, count: 1, bytes: 1)?.next)
        ring.add(change("8"))
        // A quarter has gone, and who was there has to scan.
        #expect(ring.count == 6)
        #expect(ring.changes(after: start, count: 1, bytes: 1) == nil)
        #expect(ring.changes(after: behindTheFirst, count: 1, bytes: 1) == nil)
        #expect(ring.hasNews(after: start))
        let end = ring.end
        // One change that is larger than all that is kept leaves nothing, and its reader has to scan as well.
        ring.add(change("large", bytes: 2000))
        #expect(ring.count == 0)
        #expect(ring.size == 0)
        #expect(ring.changes(after: end, count: 1, bytes: 1) == nil)
        let empty = try #require(ring.changes(after: ring.end, count: 1, bytes: 1))
        #expect(empty.changes.isEmpty)
        for number in 0..<1000 { ring.add(change("\(number)", bytes: number % 300)) }
        #expect(ring.size <= 1000)
        #expect(ring.count > 0)
    }

    @Test(arguments: ["", "-", "7", "7-", "7-x", "8-0", "7-1", "7--1", "7-0-0", "7-99999999999999999999", "é-0"])
    func aPlaceOfAnotherRingIsUnknown(text: String) {
        let ring = ChangeRing(epoch: 7, limits: Self.small.ring)
        #expect(ring.changes(after: TableCursor(text), count: 1, bytes: 1) == nil)
        #expect(ring.hasNews(after: TableCursor(text)))
        #expect(ring.end.text == "7-0")
    }

    // MARK: The tables

    @Test func onlyWhatIsWatchedIsKept() throws {
        var machine = ChangeFeedStateMachine(limits: Self.small)
        machine.add(change("before"), to: "t", at: 0)
        #expect(machine.size == 0)
        #expect(!machine.isWatched("t"))
        let startFound = machine.begin("t", epoch: 1, at: 0)
        let start = try #require(startFound)
        #expect(machine.isWatched("t"))
        #expect(!machine.hasNews(of: "t", after: start))
        machine.add(change("a"), to: "t", at: 1)
        machine.add(change("b"), to: "other", at: 1)
        #expect(machine.hasNews(of: "t", after: start))
        let readFound = machine.changes(of: "t", after: start, count: 9, bytes: 999, at: 1)
        let read = try #require(readFound)
        #expect(keys(read.changes) == ["a"])
        // Who comes later begins behind what was told already, in the same ring.
        #expect(machine.begin("t", epoch: 2, at: 2) == read.next)
    }

    @Test func whatIsNotAskedForIsDroppedAfterAWhile() throws {
        var machine = ChangeFeedStateMachine(limits: Self.small)
        let startFound = machine.begin("t", epoch: 1, at: 0)
        let start = try #require(startFound)
        machine.add(change("a"), to: "t", at: 59)
        // Asking for it keeps it.
        let kept = machine.changes(of: "t", after: start, count: 9, bytes: 999, at: 59)
        #expect(kept != nil)
        machine.add(change("b"), to: "t", at: 118)
        #expect(machine.size > 0)
        machine.add(change("c"), to: "t", at: 119)
        #expect(machine.size == 0)
        #expect(!machine.isWatched("t"))
        let dropped = machine.changes(of: "t", after: start, count: 9, bytes: 999, at: 119)
        #expect(dropped == nil)
        #expect(machine.hasNews(of: "t", after: start))
        // The next ring is another one.
        #expect(machine.begin("t", epoch: 2, at: 120) != start)
    }

    @Test func noMoreTablesAreWatchedThanTheLimit() throws {
        var machine = ChangeFeedStateMachine(limits: Self.small)
        for (number, table) in ["a", "b"].enumerated() {
            #expect(machine.begin(table, epoch: 1, at: UInt64(30 * number)) != nil)
        }
        #expect(machine.begin("c", epoch: 1, at: 59) == nil)
        #expect(machine.begin("a", epoch: 9, at: 0) != nil)
        // Now nobody has asked for the first for long.
        #expect(machine.begin("c", epoch: 1, at: 60) != nil)
        #expect(!machine.isWatched("a"))
        #expect(machine.isWatched("b"))
        #expect(machine.tableCount == 2)
        machine.remove("b")
        #expect(machine.tableCount == 1)
    }

    @Test func afterTheEndNothingIsKept() throws {
        var machine = ChangeFeedStateMachine(limits: Self.small)
        let startFound = machine.begin("t", epoch: 1, at: 0)
        let start = try #require(startFound)
        machine.close()
        #expect(machine.hasNews(of: "t", after: start))
        _ = machine.begin("t", epoch: 2, at: 0)
        #expect(machine.tableCount == 0)
    }
}
