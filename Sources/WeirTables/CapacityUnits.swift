import WeirWire

/// What calls would cost at AWS, for those who ask.
///
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
enum CapacityUnits {
    /// A unit for each 4 KiB read, half of it when the read need not be consistent; at least one unit.
    static func read(bytes: Int, isConsistent: Bool) -> Double {
        Double(max(1, (bytes + 4095) / 4096)) * (isConsistent ? 1 : 0.5)
    }

    /// A unit for each KiB written; at least one.
    static func write(bytes: Int) -> Double { Double(max(1, (bytes + 1023) / 1024)) }

    /// The units of writing an item: its greater version counts.
    static func write(_ old: Item?, _ new: Item?) -> Double {
        write(bytes: max(sizeInBytes(of: old ?? [:]), sizeInBytes(of: new ?? [:])))
    }
}

extension ConsumedCapacity {
    /// What a call tells of its units, as `ReturnConsumedCapacity` asks; nil when it does not.
    init?(_ wish: String?, table: String, units: @autoclosure () -> Double) {
        guard let wish, wish != "NONE" else { return nil }
        let units = units()
        self.init(
            tableName: table,
            capacityUnits: units,
            table: wish == "INDEXES" ? Capacity(capacityUnits: units) : nil
        )
    }
}
