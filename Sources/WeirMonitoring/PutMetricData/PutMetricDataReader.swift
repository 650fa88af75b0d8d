import WeirModel
import WeirWire

/// Reads the input of PutMetricData from any of its forms. What has a wrong type is refused with `serialization`.
///
/// Of a list that is too long no more is read than tells that it is.
struct PutMetricDataReader {
    let form: CloudWatchForm

    func read(_ input: WireMap) throws(ServiceError) -> PutMetricDataInput {
        var result = PutMetricDataInput()
        result.nameSpace = try text(input, "Namespace")
        result.data = try data(input)
        for element in try list(input, "EntityMetricData", maximumCount: Limits.maximumMetricDataCount) {
            let group = try structure(element, "EntityMetricData")
            result.groups.append(
                PutMetricDataInput.Group(entity: try entity(group), data: try data(group))
            )
        }
        result.isStrict = try bool(input, "StrictEntityValidation")
        return result
    }

    private func data(_ map: WireMap) throws(ServiceError) -> [PutMetricDataInput.Datum] {
        var result: [PutMetricDataInput.Datum] = []
        for element in try list(map, "MetricData", maximumCount: Limits.maximumMetricDataCount) {
            let members = try structure(element, "MetricData")
            var datum = PutMetricDataInput.Datum()
            datum.metricName = try text(members, "MetricName")
            for element in try list(members, "Dimensions", maximumCount: Limits.maximumDimensionCount) {
                let dimension = try structure(element, "Dimensions")
                datum.dimensions.append(.init(name: try text(dimension, "Name"), value: try text(dimension, "Value")))
            }
            datum.timestamp = try timestamp(members)
            datum.value = try double(members, "Value")
            datum.statistics = try statistics(members)
            datum.values = try doubles(members, "Values")
            datum.counts = try doubles(members, "Counts")
            datum.unit = try text(members, "Unit")
            datum.storageResolution = try double(members, "StorageResolution").map { Int64(clamping: $0) }
            result.append(datum)
        }
        return result
    }

    private func statistics(_ map: WireMap) throws(ServiceError) -> PutMetricDataInput.Statistics? {
        guard let value = member(map, "StatisticValues") else { return nil }
        let members = try structure(value, "StatisticValues")
        return PutMetricDataInput.Statistics(
            sampleCount: try double(members, "SampleCount"),
            sum: try double(members, "Sum"),
            minimum: try double(members, "Minimum"),
            maximum: try double(members, "Maximum")
        )
    }

    private func entity(_ map: WireMap) throws(ServiceError) -> PutMetricDataInput.Entity? {
        guard let value = member(map, "Entity") else { return nil }
        let members = try structure(value, "Entity")
        return PutMetricDataInput.Entity(
            keyAttributes: try texts(members, "KeyAttributes"),
            attributes: try texts(members, "Attributes") ?? [:]
        )
    }

    // MARK: Members

    private func member(_ map: WireMap, _ name: String) -> WireValue? {
        guard let value = map[name], value != .null else { return nil }
        return value
    }

    private func text(_ map: WireMap, _ name: String) throws(ServiceError) -> String? {
        guard let value = member(map, name) else { return nil }
        guard case .string(let text) = value else { throw mismatch(name) }
        return text
    }

    private func bool(_ map: WireMap, _ name: String) throws(ServiceError) -> Bool? {
        switch member(map, name) {
        case nil: return nil
        case .bool(let bool)?: return bool
        case .string("true")?: return true
        case .string("false")?: return false
        default: throw mismatch(name)
        }
    }

    private func double(_ map: WireMap, _ name: String) throws(ServiceError) -> Double? {
        guard let value = member(map, name) else { return nil }
        return try double(value, name)
    }

    private func double(_ value: WireValue, _ name: String) throws(ServiceError) -> Double {
        switch value {
        case .integer(let integer): return Double(integer)
        case .double(let double): return double
        case .string("NaN"): return .nan
        case .string("Infinity"): return .infinity
        case .string("-Infinity"): return -.infinity
        // Only a form has no numbers but texts.
        case .string(let text) where isQuery:
            guard let number = Double(text) else { throw mismatch(name) }
            return number
        default: throw mismatch(name)
        }
    }

    private func doubles(_ map: WireMap, _ name: String) throws(ServiceError) -> [Double] {
        var result: [Double] = []
        for value in try list(map, name, maximumCount: Limits.maximumMetricValueCount) {
            result.append(try double(value, name))
        }
        return result
    }

    /// A time in milliseconds: in JSON and CBOR seconds as a number, in a form a text of ISO 8601.
    private func timestamp(_ map: WireMap) throws(ServiceError) -> Int64? {
        let name = "Timestamp"
        switch member(map, name) {
        case nil: return nil
        // The scanner of CBOR takes what stands under tag 1 for milliseconds, as Kinesis means it; here it is seconds.
        case .timestamp(let time)?: return Int64(clamping: Double(time.millisecondsSinceEpoch) * 1000)
        case .string(let text)?:
            guard let time = ISO8601Time(text) else { throw mismatch(name) }
            return time.milliseconds
        case let value?: return Int64(clamping: try double(value, name) * 1000)
        }
    }

    /// The elements of a list, one more than there may be at most.
    private func list(
        _ map: WireMap,
        _ name: String,
        maximumCount: Int
    ) throws(ServiceError) -> ArraySlice<WireValue> {
        switch member(map, name) {
        case nil: return []
        case .array(let elements)?: return elements.prefix(maximumCount + 1)
        // So a form says that a list is empty.
        case .string("")? where isQuery: return []
        default: throw mismatch(name)
        }
    }

    private func structure(_ value: WireValue, _ name: String) throws(ServiceError) -> WireMap {
        guard case .map(let map) = value else { throw mismatch(name) }
        return map
    }

    private func texts(_ map: WireMap, _ name: String) throws(ServiceError) -> [String: String]? {
        guard let value = member(map, name) else { return nil }
        var result: [String: String] = [:]
        for member in try structure(value, name).members {
            guard case .string(let text) = member.value else { throw mismatch(name) }
            result[member.name] = text
        }
        return result
    }

    private var isQuery: Bool { if case .query = form { true } else { false } }

    private func mismatch(_ name: String) -> ServiceError {
        ServiceError(.serialization, "The value of \(name) has a wrong type.")
    }
}

extension Int64 {
    /// The whole number next to a number; 0 for what is none.
    fileprivate init(clamping double: Double) {
        self = Int64(exactly: double.rounded(.towardZero)) ?? (double.isNaN ? 0 : double < 0 ? .min : .max)
    }
}
