import Testing
import WeirModel

@testable import WeirTables

@Suite struct DecimalNumberTests {
    private static let nines = String(repeating: "9", count: 38)

    @Test(arguments: [
        "0", "1", "-1", "10", "0.1", "-0.001", "12345678901234567890123456789012345678", nines, "-" + nines, "100.25",
        "1" + String(repeating: "0", count: 125), "0." + String(repeating: "0", count: 129) + "1",
    ])
    func canonicalTextIsKept(text: String) throws {
        #expect(try #require(DecimalNumber(text)).description == text)
    }

    @Test(arguments: [("007", "7"), ("1.50", "1.5"), ("-0", "0"), ("0.0", "0"), (".5", "0.5"), ("5.", "5")])
    func superfluousZerosAreDropped(text: String, expected: String) throws {
        #expect(try #require(DecimalNumber(text)).description == expected)
    }

    @Test(arguments: ["", "-", ".", "x", "1e5", "1-", "1.2.3", " 1", nines + "9", "0." + nines + "9"])
    func otherTextsAreNoNumbers(text: String) { #expect(DecimalNumber(text) == nil) }

    @Test func numbersAreOrdered() throws {
        let ascending = [
            "-" + Self.nines, "-100", "-99.9", "-1", "-0.5", "-0.0001", "0", "0.0001", "0.0002", "0.5", "1", "1.0001",
            "2",
            "9.99", "10", "99", "100", Self.nines, "1" + String(repeating: "0", count: 38),
            "1" + String(repeating: "0", count: 125),
        ]
        let numbers = try ascending.map { try #require(DecimalNumber($0)) }
        for (left, leftNumber) in numbers.enumerated() {
            for (right, rightNumber) in numbers.enumerated() {
                #expect((leftNumber < rightNumber) == (left < right), "\(ascending[left]) < \(ascending[right])")
                #expect((leftNumber == rightNumber) == (left == right))
            }
        }
    }

    @Test(arguments: [
        ("1", "2", "3"), ("1", "-2", "-1"), ("0", "5", "5"), ("5", "0", "5"), ("-3", "3", "0"), ("0.1", "0.2", "0.3"),
        ("9.9", "0.1", "10"), ("1", "0.00001", "1.00001"), ("-1.5", "-1.5", "-3"), ("100", "-0.01", "99.99"),
        (nines, "-" + nines, "0"), ("1" + String(repeating: "0", count: 38), "-1", nines),
        (String(repeating: "9", count: 37) + "8", "1", nines),
        (nines, "1", "1" + String(repeating: "0", count: 38)),
        (
            "5" + String(repeating: "0", count: 120), "5" + String(repeating: "0", count: 120),
            "1" + String(repeating: "0", count: 121)
        ),
    ])
    func sumsAreExact(left: String, right: String, sum: String) throws {
        let left = try #require(DecimalNumber(left))
        let right = try #require(DecimalNumber(right))
        #expect(try left.adding(right).description == sum)
        #expect(try right.adding(left).description == sum)
    }

    @Test(arguments: [
        ("1" + String(repeating: "0", count: 38), "1"), (nines, "0.1"),
        ("1", "0." + String(repeating: "0", count: 60) + "1"),
        (nines, "-0.1"),
    ])
    func sumsOfMoreThan38DigitsAreRefused(left: String, right: String) throws {
        let left = try #require(DecimalNumber(left))
        let right = try #require(DecimalNumber(right))
        let error = #expect(throws: ServiceError.self) { try left.adding(right) }
        #expect(error?.message == "Attempting to store more than 38 significant digits in a Number")
    }

    @Test func sumsThatAreTooLargeAreRefused() throws {
        let large = try #require(DecimalNumber("9" + String(repeating: "0", count: 125)))
        let error = #expect(throws: ServiceError.self) { try large.adding(large) }
        #expect(error?.message.hasPrefix("Number overflow.") == true)
    }

    @Test func smallNumbersAddAsIntegersDo() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let left = Int.random(in: -1_000_000...1_000_000, using: &generator)
            let right = Int.random(in: -1_000_000...1_000_000, using: &generator)
            let leftNumber = try #require(DecimalNumber("\(left)"))
            let rightNumber = try #require(DecimalNumber("\(right)"))
            #expect(try leftNumber.adding(rightNumber).description == "\(left + right)")
            #expect((leftNumber < rightNumber) == (left < right))
        }
    }
}
