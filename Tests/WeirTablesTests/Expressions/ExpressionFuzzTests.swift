import Testing
import WeirModel
import WeirWire

@testable import WeirTables

/// Expressions of words that fit together now and then: whatever comes, the parsers end, and say no with an error.
@Suite struct ExpressionFuzzTests {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }

    private static let words = [
        "a", "b", "m.x", "l[1]", "#n", ":v", ":w", "(", ")", "(", ")", "=", "<", "<=", "<>", ">", ">=", "AND", "OR",
        "NOT",
        "BETWEEN", "IN", ",", "attribute_exists(", "attribute_type(", "begins_with(", "contains(", "size(", "SET",
        "REMOVE", "ADD", "DELETE", "+", "-", "if_not_exists(", "list_append(", "[", "]", ".", "0", "é", "!", ":", "#",
    ]
    private static let item: Item = [
        "a": .number("1"), "b": .string("text"), "m": .map(["x": .list([.null])]),
        "l": .list([.bool(true), .number("2")]),
        "n": .stringSet(["x"]),
    ]
    private static let values: [AttributeValue] = [
        .number("3"), .string("x"), .stringSet(["x", "y"]), .list([]), .map([:]), .null, .bool(false), .binary([0]),
    ]

    @Test(arguments: UInt64(0)..<8)
    func everyTextEndsInAnExpressionOrAnError(seed: UInt64) throws {
        var generator = Generator(state: seed)
        var accepted = 0
        for _ in 0..<1500 {
            let count = Int.random(in: 1...24, using: &generator)
            let text = (0..<count).map { _ in Self.words.randomElement(using: &generator) ?? "" }.joined(separator: " ")
            accepted += try attempt(text, &generator)
        }
        #expect(accepted > 0)
    }

    @Test(arguments: UInt64(0)..<4)
    func expressionsThatAreRightSurviveMutation(seed: UInt64) throws {
        var generator = Generator(state: seed &+ 1000)
        let right = [
            "attribute_exists(a) AND (b = :v OR NOT size(l) >= :w)",
            "SET a = if_not_exists(a, :v) + :w REMOVE l[0], m.x",
            "a BETWEEN :v AND :w AND begins_with(b, :v) OR contains(n, :w)", "a, b, m.x[0], l[1]",
            "a IN (:v, :w, b) AND #n <> :v", "ADD a :v DELETE n :w",
        ]
        for _ in 0..<1500 {
            var bytes = Array(right.randomElement(using: &generator)?.utf8 ?? "".utf8)
            for _ in 0...Int.random(in: 0...3, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0x20...0x7E, using: &generator)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
                default: if bytes.count > 1 { bytes.remove(at: place) }
                }
            }
            _ = try attempt(String(decoding: bytes, as: UTF8.self), &generator)
        }
    }

    /// Reads a text as each kind of expression, and applies those that it is. Returns how many.
    private func attempt(_ text: String, _ generator: inout Generator) throws -> Int {
        let values = [
            ":v": Self.values.randomElement(using: &generator) ?? .null,
            ":w": Self.values.randomElement(using: &generator) ?? .null,
        ]
        var accepted = 0
        for kind in [ExpressionKind.filter, .update, .projection, .keyCondition] {
            var placeholders = try ExpressionPlaceholders(names: ["#n": "n"], values: values)
            do throws(ServiceError) {
                try apply(text, kind, &placeholders)
                accepted += 1
            } catch {
                #expect(error.code == .validation)
                #expect(!error.message.isEmpty)
            }
        }
        return accepted
    }

    private func apply(
        _ text: String,
        _ kind: ExpressionKind,
        _ placeholders: inout ExpressionPlaceholders
    ) throws(ServiceError) {
        switch kind {
        case .update: _ = try UpdateParser.update(text, &placeholders).applied(to: Self.item)
        case .projection: _ = try ProjectionExpression(text, &placeholders).applied(to: Self.item)
        case .keyCondition: _ = try KeyCondition(text, &placeholders)
        case .filter, .condition:
            let condition = try ConditionParser.condition(text, kind, &placeholders)
            // A condition and its opposite never agree.
            #expect(condition.holds(for: Self.item) != Condition.not(condition).holds(for: Self.item))
        }
    }
}
