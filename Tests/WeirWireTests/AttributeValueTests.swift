import NIOCore
import Testing
import WeirModel

@testable import WeirWire

@Suite struct AttributeValueTests {
    @Test(arguments: [
        (AttributeValue.string("x"), #"{"a":{"S":"x"}}"#), (.number("1.5"), #"{"a":{"N":"1.5"}}"#),
        (.binary([104, 105]), #"{"a":{"B":"aGk="}}"#), (.bool(true), #"{"a":{"BOOL":true}}"#),
        (.null, #"{"a":{"NULL":true}}"#), (.stringSet(["b", "a"]), #"{"a":{"SS":["a","b"]}}"#),
        (.numberSet(["2", "1"]), #"{"a":{"NS":["1","2"]}}"#),
        (.binarySet([[2], [1]]), #"{"a":{"BS":["AQ==","Ag=="]}}"#),
        (.list([.null, .string("x")]), #"{"a":{"L":[{"NULL":true},{"S":"x"}]}}"#),
        (.map(["z": .bool(false), "y": .number("0")]), #"{"a":{"M":{"y":{"N":"0"},"z":{"BOOL":false}}}}"#),
    ])
    func `each type has its form`(value: AttributeValue, text: String) throws {
        let item: Item = ["a": value]
        #expect(item.json == text)
        #expect(try Item(json: text) == item)
    }

    private static let invalid = "One or more parameter values were invalid: "
    private static let notOne =
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
    private static let empty = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"

    static let refused: [(value: String, text: String)] = [
        ("{}", empty), ("null", empty), (#"{"S":null}"#, empty), (#"{"S":"a","N":"1"}"#, notOne),
        (#"{"X":"a"}"#, notOne),
        (#"{"NULL":false}"#, invalid + "Null attribute value types must have the value of true"),
        (#"{"SS":[]}"#, invalid + "An string set  may not be empty"),
        (#"{"NS":[]}"#, invalid + "An number set  may not be empty"),
        (#"{"BS":[]}"#, invalid + "Binary sets should not be empty"),
        (#"{"SS":["a","b","a"]}"#, invalid + "Input collection [a, b, a] contains duplicates."),
        (#"{"NS":["1","1.0"]}"#, "Input collection contains duplicates"),
        (#"{"BS":["YQ==","YQ=="]}"#, invalid + "Input collection [YQ==, YQ==]of type BS contains duplicates."),
        (#"{"N":""}"#, "The parameter cannot be converted to a numeric value"),
        (#"{"N":"b"}"#, "The parameter cannot be converted to a numeric value: b"),
        (#"{"L":[{"M":{"x":{}}}]}"#, empty),
    ]

    @Test(arguments: refused)
    func `a value that is none is refused with the text of the service`(value: String, text: String) {
        let error = #expect(throws: ServiceError.self) { try PutItem.Request(json: #"{"Item":{"a":\#(value)}}"#) }
        #expect(error?.code == .validation)
        #expect(error?.message == text)
    }

    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("0.0", "0"), ("+1", "1"), ("007", "7"), ("1.50", "1.5"), (".5", "0.5"), ("5.", "5"),
        ("1e3", "1000"), ("1E+3", "1000"), ("12e-1", "1.2"), ("-0.00120", "-0.0012"),
        ("1234567890123", "1234567890123"),
        ("9223372036854775808", "9223372036854775808"), ("1e-130", "0." + String(repeating: "0", count: 129) + "1"),
        ("9.9e125", "99" + String(repeating: "0", count: 124)), ("0e999999999999999999999", "0"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        ("0.12345678901234567890123456789012345678", "0.12345678901234567890123456789012345678"),
        ("1" + String(repeating: "0", count: 100), "1" + String(repeating: "0", count: 100)),
    ])
    func `numbers have one form`(text: String, canonical: String) throws {
        #expect(try AttributeNumber.canonical(text) == canonical)
        #expect(try AttributeNumber.canonical(canonical) == canonical)
    }

    private static let overflow =
        "Number overflow. Attempting to store a number with magnitude larger than supported range"
    private static let underflow =
        "Number underflow. Attempting to store a number with magnitude smaller than supported range"
    private static let precise = "Attempting to store more than 38 significant digits in a Number"

    static let refusedNumbers: [(text: String, message: String)] = [
        ("1e126", overflow), ("-1e126", overflow), ("1e99999999999999999999", overflow), ("1e-131", underflow),
        ("-1e-131", underflow), ("123456789012345678901234567890123456789", precise),
        ("-1.23456789012345678901234567890123456789", precise),
    ]

    @Test(arguments: refusedNumbers)
    func `a number that is none or out of range is refused`(text: String, message: String) {
        let error = #expect(throws: ServiceError.self) { try AttributeNumber.canonical(text) }
        #expect(error?.code == .validation)
        #expect(error?.message == message)
    }

    @Test(arguments: [
        "a", "1a", "--1", "1e", "1e+", "e5", ".", "-", "0x1", "1 ", " 1", "1.2.3", "١", "Infinity", "NaN",
    ])
    func `a text that is no number is refused`(text: String) {
        let error = #expect(throws: ServiceError.self) { try AttributeNumber.canonical(text) }
        #expect(error?.code == .validation)
        #expect(error?.message == "The parameter cannot be converted to a numeric value: \(text)")
    }
}
