import WeirWire

extension AttributeValue {
    /// The name of the type on the wire.
    var typeName: String {
        switch self {
        case .string: "S"
        case .number: "N"
        case .binary: "B"
        case .bool: "BOOL"
        case .null: "NULL"
        case .stringSet: "SS"
        case .numberSet: "NS"
        case .binarySet: "BS"
        case .list: "L"
        case .map: "M"
        }
    }

    /// How many bytes the value counts towards the size of its item.
    ///
    /// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    var sizeInBytes: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .number(let text): Self.size(ofNumber: text)
        case .binary(let bytes): bytes.count
        case .bool, .null: 1
        case .stringSet(let set): set.reduce(0) { $0 + $1.text.utf8.count }
        case .numberSet(let set): set.reduce(0) { $0 + Self.size(ofNumber: $1) }
        case .binarySet(let set): set.reduce(0) { $0 + $1.count }
        case .list(let list): list.reduce(3) { $0 + 1 + $1.sizeInBytes }
        case .map(let map): map.reduce(3) { $0 + 1 + $1.key.utf8.count + $1.value.sizeInBytes }
        }
    }

    /// Levels of the value: 1 for a mere value, one more for each list or map around another.
    var depth: Int {
        switch self {
        case .list(let list): 1 + (list.lazy.map(\.depth).max() ?? 0)
        case .map(let map): 1 + (map.values.lazy.map(\.depth).max() ?? 0)
        default: 1
        }
    }

    /// One byte for two digits, and one more.
    private static func size(ofNumber text: String) -> Int {
        let digits = text.utf8.filter { (0x30...0x39).contains($0) }.count
        return (digits + 1) / 2 + 1
    }
}

/// How many bytes an item counts: names and values.
func sizeInBytes(of item: Item) -> Int {
    item.reduce(0) { $0 + $1.key.utf8.count + $1.value.sizeInBytes }
}
