import Testing
import WeirModel
import WeirStore
import WeirWire

@testable import WeirTables

@Suite struct ItemUpdateTests {
    static let key: Item = ["k": .string("key")]
    static let item: Item = [
        "k": .string("key"), "n": .number("5"), "s": .string("text"), "ss": .stringSet(["a", "b"]),
        "ns": .numberSet(["1", "2"]), "bs": .binarySet([[1], [2]]),
    ]

    private func apply(_ updates: [String: AttributeUpdate], to item: Item? = item) throws -> Item? {
        try ItemUpdate(updates).apply(to: item, key: Self.key)
    }

    @Test func putSetsAnAttribute() throws {
        #expect(try apply(["n": .init(value: .number("6"), action: "PUT")])?["n"] == .number("6"))
        #expect(try apply(["n": .init(value: .string("x"))])?["n"] == .string("x"), "PUT is the default")
        #expect(try apply(["new": .init(value: .bool(true))])?["new"] == .bool(true))
    }

    @Test func addCountsUp() throws {
        #expect(try apply(["n": .init(value: .number("1"), action: "ADD")])?["n"] == .number("6"))
        #expect(try apply(["n": .init(value: .number("-5.5"), action: "ADD")])?["n"] == .number("-0.5"))
        #expect(try apply(["new": .init(value: .number("1"), action: "ADD")])?["new"] == .number("1"))
    }

    @Test func addPutsElementsIntoASet() throws {
        #expect(
            try apply(["ss": .init(value: .stringSet(["b", "c"]), action: "ADD")])?["ss"]
                == .stringSet(["a", "b", "c"])
        )
        #expect(
            try apply(["ns": .init(value: .numberSet(["3"]), action: "ADD")])?["ns"] == .numberSet(["1", "2", "3"])
        )
        #expect(
            try apply(["bs": .init(value: .binarySet([[3]]), action: "ADD")])?["bs"] == .binarySet([[1], [2], [3]])
        )
        #expect(try apply(["new": .init(value: .stringSet(["a"]), action: "ADD")])?["new"] == .stringSet(["a"]))
    }

    @Test func addPutsElementsIntoAList() throws {
        let list: Item = ["k": .string("key"), "l": .list([.null])]
        #expect(
            try apply(["l": .init(value: .list([.bool(true)]), action: "ADD")], to: list)?["l"]
                == .list([.null, .bool(true)])
        )
    }

    @Test func deleteRemovesAnAttribute() throws {
        #expect(try apply(["n": .init(action: "DELETE")])?["n"] == nil)
        #expect(try apply(["absent": .init(action: "DELETE")]) == Self.item)
    }

    @Test func deleteTakesElementsFromASet() throws {
        #expect(try apply(["ss": .init(value: .stringSet(["a", "z"]), action: "DELETE")])?["ss"] == .stringSet(["b"]))
        #expect(try apply(["ns": .init(value: .numberSet(["1"]), action: "DELETE")])?["ns"] == .numberSet(["2"]))
        #expect(try apply(["bs": .init(value: .binarySet([[1]]), action: "DELETE")])?["bs"] == .binarySet([[2]]))
        let all = try apply(["ss": .init(value: .stringSet(["a", "b"]), action: "DELETE")])
        #expect(all?["ss"] == nil, "a set is never empty")
        #expect(all?.count == Self.item.count - 1)
        #expect(try apply(["absent": .init(value: .stringSet(["a"]), action: "DELETE")]) == Self.item)
    }

    @Test func aMissingItemIsMade() throws {
        #expect(try apply([:], to: nil) == Self.key)
        #expect(
            try apply(["n": .init(value: .number("1"), action: "ADD"), "x": .init(action: "DELETE")], to: nil)
                == ["k": .string("key"), "n": .number("1")]
        )
        #expect(try apply(["x": .init(action: "DELETE")], to: nil) == nil, "there is nothing to delete from")
    }

    @Test(arguments: [
        (AttributeUpdate(value: .number("1"), action: "ADD"), "s"),
        (AttributeUpdate(value: .stringSet(["a"]), action: "ADD"), "ns"),
        (AttributeUpdate(value: .number("1"), action: "ADD"), "ns"),
        (AttributeUpdate(value: .numberSet(["1"]), action: "DELETE"), "ss"),
        (AttributeUpdate(value: .numberSet(["1"]), action: "DELETE"), "n"),
    ])
    func aChangeMustFitTheTypeOfTheAttribute(update: AttributeUpdate, attribute: String) {
        let error = #expect(throws: ServiceError.self) { try apply([attribute: update]) }
        #expect(error?.message == "Type mismatch for attribute to update")
    }

    @Test(arguments: [
        (AttributeUpdate(), "Only DELETE action is allowed when no attribute value is specified"),
        (AttributeUpdate(action: "ADD"), "Only DELETE action is allowed when no attribute value is specified"),
        (AttributeUpdate(value: .string("a"), action: "ADD"), "ADD action is not supported for the type S"),
        (AttributeUpdate(value: .binary([1]), action: "ADD"), "ADD action is not supported for the type B"),
        (
            AttributeUpdate(value: .string("a"), action: "DELETE"),
            "DELETE action with value is not supported for the type S"
        ),
        (
            AttributeUpdate(value: .number("1"), action: "DELETE"),
            "DELETE action with value is not supported for the type N"
        ),
    ])
    func anActionMustTakeTheTypeOfItsValue(update: AttributeUpdate, reason: String) {
        let error = #expect(throws: ServiceError.self) { try ItemUpdate(["a": update]) }
        #expect(error?.message == "One or more parameter values were invalid: \(reason)")
    }

    @Test func anUnknownActionIsRefused() {
        let error = #expect(throws: ServiceError.self) { try ItemUpdate(["a": .init(value: .null, action: "SET")]) }
        #expect(error?.message.contains("Member must satisfy enum value set: [ADD, PUT, DELETE]") == true)
    }

    @Test func theKeyCannotBeChanged() throws {
        let error = try #require(
            #expect(throws: ServiceError.self) {
                try ItemModification.legacy(try ItemUpdate(["k": .init(value: .string("other"))]))
                    .checkKey(KeySchema(hash: KeyAttribute("k", "S")))
            }
        )
        #expect(
            error.message == """
                One or more parameter values were invalid: Cannot update attribute k. \
                This attribute is part of the key
                """
        )
    }
}
