import Testing

@testable import WeirCommands

@Suite struct ShardOrderTests {
    @Test func aMergedShardWaitsForAParentThatWaitsItself() {
        // 0 was split into 2 and 3; 3 and 1 were merged into 4.
        var order = ShardOrder()
        order.add("0", parents: [])
        order.add("1", parents: [])
        order.add("2", parents: ["0"])
        order.add("3", parents: ["0"])
        order.add("4", parents: ["3", "1"])
        #expect(order.takeReady() == ["0", "1"])
        order.end("1")
        order.add("4", parents: ["3", "1"])
        #expect(order.takeReady() == [])
        order.end("0")
        #expect(order.takeReady() == ["2", "3"])
        order.end("2")
        #expect(order.takeReady() == [])
        order.end("3")
        #expect(order.takeReady() == ["4"])
        order.end("4")
        #expect(order.takeReady() == [])
    }

    @Test func parentsThatAreNotReadAreNotWaitedFor() {
        var order = ShardOrder()
        order.add("5", parents: ["2", "3"])
        #expect(order.hasNoParents("5"))
        #expect(order.takeReady() == ["5"])
        order.end("5")
        order.add("6", parents: ["5"])
        #expect(!order.hasNoParents("6"))
        #expect(order.takeReady() == ["6"])
    }

    @Test func anAnnouncedChildOfTwoParentsOneOfWhichIsReadBegins() {
        // The other is not listed: it aged out.
        var order = ShardOrder()
        order.add("1", parents: ["0"])
        #expect(order.takeReady() == ["1"])
        order.end("1")
        order.add("7", parents: ["1", "gone"])
        #expect(order.takeReady() == ["7"])
    }
}
