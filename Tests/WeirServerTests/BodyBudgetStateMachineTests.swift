import Testing

@testable import WeirServer

@Suite struct BodyBudgetStateMachineTests {
    private final class Connection {}
    private let one = Connection()
    private let two = Connection()

    private func machine(server: Int = 100, connection: Int = 50) -> BodyBudgetStateMachine {
        BodyBudgetStateMachine(serverLimit: server, connectionLimit: connection)
    }

    @Test func bodiesAreReadUpToTheLimit() {
        var machine = machine()
        let first = machine.begin(on: ObjectIdentifier(one))
        let second = machine.begin(on: ObjectIdentifier(one))
        machine.arrived(first, bytes: 24)
        machine.arrived(second, bytes: 25)
        #expect(machine.mayRead(first) == true)
        #expect(machine.mayRead(second) == true)
        machine.arrived(second, bytes: 1)
        // Fifty bytes: the one that began first goes on alone.
        #expect(machine.mayRead(first) == true)
        #expect(machine.mayRead(second) == false)
    }

    @Test func theFirstGoesOnBeyondTheLimitAndTheNextAfterIt() {
        var machine = machine()
        let first = machine.begin(on: ObjectIdentifier(one))
        let second = machine.begin(on: ObjectIdentifier(one))
        let third = machine.begin(on: ObjectIdentifier(one))
        machine.arrived(first, bytes: 1000)
        #expect(machine.mayRead(first) == true)
        #expect(machine.mayRead(second) == false)
        #expect(machine.mayRead(third) == false)
        // It came in whole, and counts until it was answered.
        #expect(machine.received(first) == [])
        #expect(machine.mayRead(second) == false)
        #expect(machine.freed(first) == [second, third])
        machine.arrived(second, bytes: 1000)
        #expect(machine.mayRead(second) == true)
        #expect(machine.mayRead(third) == false)
        // Its client has gone.
        #expect(machine.freed(second) == [third])
        #expect(machine.mayRead(third) == true)
    }

    @Test func theFirstOfAllWaitsForThoseThatAreAnsweredSoon() {
        var machine = machine(server: 100, connection: 1000)
        let answered = machine.begin(on: ObjectIdentifier(one))
        let late = machine.begin(on: ObjectIdentifier(one))
        let first = machine.begin(on: ObjectIdentifier(two))
        let second = machine.begin(on: ObjectIdentifier(two))
        machine.arrived(answered, bytes: 10)
        machine.arrived(late, bytes: 90)
        machine.arrived(first, bytes: 10)
        #expect(machine.received(answered) == [])
        #expect(machine.received(late) == [])
        #expect(machine.mayRead(first) == false)
        #expect(machine.mayRead(second) == false)
        // There is a little room: for the first one, and not for those that came later.
        #expect(machine.freed(answered) == [])
        machine.arrived(first, bytes: -1)
        #expect(machine.mayRead(first) == true)
        machine.arrived(first, bytes: 1)
        #expect(machine.mayRead(first) == false)
        #expect(machine.freed(late) == [first, second])
    }

    @Test func aConnectionDoesNotWaitForAnother() {
        var machine = machine()
        let first = machine.begin(on: ObjectIdentifier(one))
        let held = machine.begin(on: ObjectIdentifier(one))
        machine.arrived(first, bytes: 60)
        let other = machine.begin(on: ObjectIdentifier(two))
        machine.arrived(other, bytes: 10)
        #expect(machine.mayRead(held) == false)
        #expect(machine.mayRead(other) == true)
    }

    @Test func aFullServerReadsTheVeryFirstAlone() {
        var machine = machine()
        let first = machine.begin(on: ObjectIdentifier(one))
        let other = machine.begin(on: ObjectIdentifier(two))
        machine.arrived(first, bytes: 49)
        machine.arrived(other, bytes: 50)
        #expect(machine.mayRead(other) == true)
        #expect(!machine.isFull)
        machine.arrived(first, bytes: 1)
        #expect(machine.isFull)
        #expect(machine.mayRead(first) == true)
        #expect(machine.mayRead(other) == false)
        #expect(machine.freed(first) == [other])
        #expect(machine.mayRead(other) == true)
    }

    @Test func thoseWhoWaitGoOnWhenAQuarterIsFree() {
        var machine = machine()
        let first = machine.begin(on: ObjectIdentifier(one))
        let large = machine.begin(on: ObjectIdentifier(one))
        let small = machine.begin(on: ObjectIdentifier(one))
        let held = machine.begin(on: ObjectIdentifier(one))
        machine.arrived(first, bytes: 36)
        machine.arrived(large, bytes: 12)
        machine.arrived(small, bytes: 2)
        #expect(machine.mayRead(held) == false)
        // 48 of 50 are left, then 36.
        #expect(machine.freed(small) == [])
        #expect(machine.freed(large) == [held])
    }

    @Test func whatIsReceivedIsAskedForNoMore() {
        var machine = machine()
        let first = machine.begin(on: ObjectIdentifier(one))
        let second = machine.begin(on: ObjectIdentifier(one))
        machine.arrived(first, bytes: 60)
        #expect(machine.mayRead(second) == false)
        // Its client gives up.
        #expect(machine.freed(second) == [])
        #expect(machine.freed(first) == [])
        #expect(machine.isEmpty)
        #expect(machine.received(first) == [])
        #expect(machine.freed(first) == [])
        #expect(machine.bytes == 0)
    }

    @Test func bytesWithoutAConnectionCountForTheServer() {
        var machine = machine()
        let own = machine.begin(on: nil)
        machine.arrived(own, bytes: 100)
        #expect(machine.received(own) == [])
        let first = machine.begin(on: ObjectIdentifier(one))
        #expect(machine.mayRead(first) == false)
        #expect(machine.freed(own) == [first])
    }

    /// Whatever happens, somebody may read, and in the end nobody is remembered.
    @Test(arguments: 0..<20)
    func everyBodyGetsToItsEnd(seed: UInt64) {
        var random = Generator(state: seed)
        var machine = machine()
        let connections = (0..<4).map { _ in Connection() }
        var missing: [UInt64: Int] = [:]
        var mayRead: Set<UInt64> = []
        for _ in 0..<300 {
            let connection = connections[Int.random(in: 0..<4, using: &random)]
            let id = machine.begin(on: ObjectIdentifier(connection))
            missing[id] = Int.random(in: 1...80, using: &random)
            mayRead.insert(id)
        }
        var answered = 0
        var pending: [UInt64] = []
        while !mayRead.isEmpty || !pending.isEmpty {
            // Requests are answered some time after their bodies came in, and when nothing else can happen.
            if !pending.isEmpty, mayRead.isEmpty || Int.random(in: 0..<8, using: &random) == 0 {
                let id = pending.remove(at: Int.random(in: pending.indices, using: &random))
                mayRead.formUnion(machine.freed(id))
                answered += 1
                continue
            }
            guard let id = mayRead.sorted().randomElement(using: &random) else { continue }
            guard machine.mayRead(id) else {
                mayRead.remove(id)
                continue
            }
            let count = min(missing[id] ?? 0, 10)
            machine.arrived(id, bytes: count)
            missing[id]? -= count
            #expect(machine.bytes <= 100 + 80 + 10)
            guard missing[id] == 0 else { continue }
            mayRead.remove(id)
            mayRead.formUnion(machine.received(id))
            pending.append(id)
        }
        #expect(answered == 300)
        #expect(machine.isEmpty)
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 31)
        }
    }
}
