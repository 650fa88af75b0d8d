import Testing
import WeirModel
import WeirTestTools
import WeirWire

@testable import WeirStore

@Suite struct KeyEncodingTests {
    @Test func numbersSortAsNumbers() throws {
        let ascending = [
            "-9.9e125", "-1e38", "-1001", "-1000", "-999.5", "-10", "-9", "-1.23", "-1.2", "-1.19", "-1", "-0.5",
            "-1e-130",
            "0", "1e-130", "1e-5", "0.05", "0.5", "1", "1.19", "1.2", "1.23", "9", "10", "11", "99", "100", "1000.5",
            "1e38",
            "9.9e125",
        ]
        let keys = try ascending.map { try DecimalKey($0).bytes }
        for (lower, upper) in zip(keys, keys.dropFirst()) { #expect(lower.lexicographicallyPrecedes(upper)) }
    }

    @Test(arguments: [
        ["1", "1.0", "+1", "01", "10e-1", "0.1E1", "1."], ["0", "-0", "0.000", "0e99", ".0"],
        ["-12.5", "-125e-1", "-012.50"],
        ["1e2", "100", "1E+2"],
    ])
    func equalNumbersAreOneKey(texts: [String]) throws {
        let keys = Set(try texts.map { try DecimalKey($0).bytes })
        #expect(keys.count == 1)
    }

    @Test func randomNumbersSortAsNumbers() throws {
        var random = SeededGenerator(seed: 4_567)
        let numbers = (0..<500).map { _ in Int.random(in: -1_000_000...1_000_000, using: &random) }
        let byKey = try numbers.sorted {
            try DecimalKey("\($0)").bytes.lexicographicallyPrecedes(DecimalKey("\($1)").bytes)
        }
        #expect(byKey == numbers.sorted())
    }

    @Test(arguments: ["", "-", ".", "abc", "1e", "1e+", "1.2.3", "0x10", " 1", "1 ", "NaN", "1e9999999999"])
    func whatIsNoNumberIsRefused(text: String) {
        let error = #expect(throws: ServiceError.self) { try DecimalKey(text) }
        #expect(error?.code == .validation)
        #expect(error?.message == "The parameter cannot be converted to a numeric value: \(text)")
    }

    @Test func theLimitsOfNumbersHold() throws {
        _ = try DecimalKey(String(repeating: "9", count: 38))
        _ = try DecimalKey(String(repeating: "9", count: 38) + "00000")
        #expect(throws: ServiceError.self) { try DecimalKey(String(repeating: "9", count: 39)) }
        #expect(throws: ServiceError.self) { try DecimalKey("1e126") }
        #expect(throws: ServiceError.self) { try DecimalKey("-1e126") }
        #expect(throws: ServiceError.self) { try DecimalKey("1e-131") }
    }

    @Test func otherKeysAreTheirBytes() throws {
        #expect(try KeyEncoding.bytes(of: .string("aé"), KeyAttribute("k", "S")) == [0x61, 0xC3, 0xA9])
        #expect(try KeyEncoding.bytes(of: .binary([3, 0, 1]), KeyAttribute("k", "B")) == [3, 0, 1])
    }

    @Test(arguments: [
        (AttributeValue.number("1"), "S"), (.string("1"), "N"), (.string("1"), "B"), (.bool(true), "S"), (.null, "N"),
    ])
    func aKeyOfAnotherTypeIsRefused(key: AttributeValue, type: String) {
        let error = #expect(throws: ServiceError.self) { try KeyEncoding.bytes(of: key, KeyAttribute("k", type)) }
        #expect(error?.code == .validation)
        #expect(error?.message == "The provided key element does not match the schema")
    }

    @Test(arguments: [(AttributeValue.string(""), "S", "string"), (.binary([]), "B", "binary")])
    func anEmptyKeyIsRefused(key: AttributeValue, type: String, word: String) {
        let error = #expect(throws: ServiceError.self) {
            try KeyEncoding.bytes(of: key, KeyAttribute("leaseKey", type))
        }
        #expect(
            error?.message
                == "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
                + "empty \(word) value. Key: leaseKey"
        )
    }
}
