import WeirModel
import WeirWire

/// A table of items under one hash key, in memory: evaluates the legacy conditions and updates that lease tables use.
public struct MemoryTable: Sendable {
    private let keyName: String
    private var items: [AttributeValue: Item] = [:]
    /// How many writes took effect.
    public private(set) var writeCount = 0

    public init(keyName: String = "leaseKey") { self.keyName = keyName }

    /// All items, by key.
    public var allItems: [Item] {
        items.sorted { Self.text($0.key) < Self.text($1.key) }.map(\.value)
    }

    public func item(_ key: Item?) -> Item? { key?[keyName].flatMap { items[$0] } }

    public mutating func put(_ request: PutItem.Request) throws(ServiceError) {
        guard let item = request.item, let key = item[keyName] else { throw Self.noKey }
        try Self.check(request.expected, items[key])
        items[key] = item
        writeCount += 1
    }

    public mutating func delete(_ request: DeleteItem.Request) throws(ServiceError) {
        guard let key = request.key?[keyName] else { throw Self.noKey }
        try Self.check(request.expected, items[key])
        items[key] = nil
        writeCount += 1
    }

    public mutating func update(_ request: UpdateItem.Request) throws(ServiceError) {
        guard let key = request.key?[keyName] else { throw Self.noKey }
        try Self.check(request.expected, items[key])
        var item = items[key] ?? [keyName: key]
        for (name, update) in request.attributeUpdates ?? [:] {
            switch (update.action ?? "PUT", update.value) {
            case ("PUT", let value?): item[name] = value
            case ("DELETE", nil): item[name] = nil
            case ("ADD", .number(let text)?):
                var sum = Int64(text) ?? 0
                if case .number(let old) = item[name] { sum += Int64(old) ?? 0 }
                item[name] = .number(String(sum))
            default: throw ServiceError(.validation, "The fixture does not know this update: \(update)")
            }
        }
        items[key] = item
        writeCount += 1
    }

    private static func text(_ key: AttributeValue) -> String {
        if case .string(let text) = key { text } else { "\(key)" }
    }

    private static let noKey = ServiceError(.validation, "The key is missing")

    private static func check(_ expected: [String: ExpectedAttribute]?, _ item: Item?) throws(ServiceError) {
        for (name, condition) in expected ?? [:] {
            let holds = condition.exists == false ? item?[name] == nil : item?[name] == condition.value
            guard holds else {
                throw ServiceError(.conditionalCheckFailed, "The conditional request failed")
            }
        }
    }
}
