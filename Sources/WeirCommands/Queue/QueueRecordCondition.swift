import ArgumentParser
import NIOCore
import WeirConsumer
import WeirModel
import WeirWire

/// A condition on the command line that a record of a queue is to meet, such as `key=N151UW` or `arrival>=2026-11-01T00:00:00Z`.
struct QueueRecordCondition: ExpressibleByArgument, Hashable {
    /// What is looked at.
    enum Field: String, CaseIterable {
        case key
        case data
        case id
        case arrival
        case firstReceive = "first-receive"
        case receives
    }

    /// How it is compared. Those of more letters go first in reading.
    enum Comparison: String, CaseIterable {
        case notEqual = "!="
        case notGreater = "<="
        case notLess = ">="
        case equal = "="
        case contains = "~"
        case less = "<"
        case greater = ">"
    }

    /// What it is compared with.
    enum Value: Hashable {
        case text(String)
        case number(Int64)
    }

    var field: Field
    var comparison: Comparison
    var value: Value

    /// What is said in the help of commands.
    static let help: ArgumentHelp = ArgumentHelp(
        "Only those that meet a condition; may be given several times.",
        discussion: """
            key, data or id with =, != or ~ (contains) and a text; arrival or first-receive with =, !=, <, <=, > or >= and a \
            time such as 2026-11-01T00:00:00Z; receives with those and a number.
            """,
        valueName: "condition"
    )

    init?(argument: String) {
        guard let start = argument.firstIndex(where: { "=!~<>".contains($0) }),
            let field = Field(rawValue: String(argument[..<start])),
            let comparison = Comparison.allCases.first(where: { argument[start...].hasPrefix($0.rawValue) })
        else { return nil }
        let text = String(argument[start...].dropFirst(comparison.rawValue.count))
        switch field {
        case .key, .data, .id:
            guard [.equal, .notEqual, .contains].contains(comparison) else { return nil }
            value = .text(text)
        case .arrival, .firstReceive:
            guard comparison != .contains, let time = Timestamp(argument: text) else { return nil }
            value = .number(time.millisecondsSinceEpoch)
        case .receives:
            guard comparison != .contains, let number = Int64(text) else { return nil }
            value = .number(number)
        }
        self.field = field
        self.comparison = comparison
    }

    /// Whether a record meets it. Data is compared byte by byte.
    func isMet(by record: QueueRecord) -> Bool {
        switch field {
        case .key: isMet(byText: (record.partitionKey ?? "").utf8)
        case .data: isMet(byText: record.data.readableBytesView)
        case .id: isMet(byText: record.recordID.utf8)
        case .arrival: isMet(byNumber: record.approximateArrivalTimestamp.millisecondsSinceEpoch)
        case .firstReceive: isMet(byNumber: record.firstReceiveTimestamp.millisecondsSinceEpoch)
        case .receives: isMet(byNumber: Int64(record.receiveCount))
        }
    }

    private func isMet(byText bytes: some Collection<UInt8>) -> Bool {
        guard case .text(let text) = value else { return false }
        return switch comparison {
        case .equal: bytes.elementsEqual(text.utf8)
        case .notEqual: !bytes.elementsEqual(text.utf8)
        case .contains: Self.contains(Array(bytes), Array(text.utf8))
        case .less, .notGreater, .greater, .notLess: false
        }
    }

    private func isMet(byNumber number: Int64) -> Bool {
        guard case .number(let other) = value else { return false }
        return switch comparison {
        case .equal: number == other
        case .notEqual: number != other
        case .less: number < other
        case .notGreater: number <= other
        case .greater: number > other
        case .notLess: number >= other
        case .contains: false
        }
    }

    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard let first = part.first else { return true }
        guard bytes.count >= part.count else { return false }
        return (0...(bytes.count - part.count)).contains { start in
            bytes[start] == first && bytes[start..<(start + part.count)].elementsEqual(part)
        }
    }
}
