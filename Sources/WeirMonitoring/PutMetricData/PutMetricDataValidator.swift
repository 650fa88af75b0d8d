import WeirModel

/// Finds out whether the input of PutMetricData is valid, as CloudWatch does, and what is to be kept of it.
///
/// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html, the botocore model,
/// and for the words errors that clients recorded.
struct PutMetricDataValidator {
    /// The units that a datum may have.
    static let units = [
        "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits",
        "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second",
        "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second",
        "Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second", "None",
    ]
    private static let unitSet = Set(units)
    /// The name space of Amazon's own services, which nobody else may write to.
    private static let reservedPrefix = "AWS/"

    /// Milliseconds since 1970.
    let now: Int64
    private var problems = ParameterProblems()
    private var data: [MetricDatum] = []

    /// A validator at a time in milliseconds since 1970.
    init(now: Int64) { self.now = now }

    /// The data of an input. Throws the first kind of what is wrong.
    mutating func validate(_ input: PutMetricDataInput) throws(ServiceError) -> [MetricDatum] {
        validateNameSpace(input.nameSpace)
        let count = input.data.count + input.groups.reduce(0) { $0 + $1.data.count }
        if count == 0 { problems.missing("MetricData") }
        if count > Limits.maximumMetricDataCount {
            problems.tooLong("MetricData", maximum: Limits.maximumMetricDataCount)
        } else {
            for (index, datum) in input.data.enumerated() { validate(datum, "MetricData.member.\(index + 1)") }
            for (place, group) in input.groups.enumerated() {
                for (index, datum) in group.data.enumerated() {
                    validate(datum, "EntityMetricData.member.\(place + 1).MetricData.member.\(index + 1)")
                }
            }
        }
        if !input.groups.isEmpty, input.isStrict == nil { problems.missing("StrictEntityValidation") }
        try problems.finish()
        return data
    }

    private mutating func validateNameSpace(_ nameSpace: String?) {
        problems.text(nameSpace, "Namespace", maximumLength: Limits.maximumMetricNameLength)
        guard let nameSpace else { return }
        if nameSpace.hasPrefix(Self.reservedPrefix) {
            problems.invalid(Self.reservedPrefix, "Namespace")
        } else if nameSpace.hasPrefix(":") {
            problems.invalid(nameSpace, "Namespace")
        }
    }

    private mutating func validate(_ datum: PutMetricDataInput.Datum, _ path: String) {
        validateDimensions(datum.dimensions, path)
        problems.text(datum.metricName, "\(path).MetricName", maximumLength: Limits.maximumMetricNameLength)
        validateTime(datum.timestamp, path)
        if let unit = datum.unit, !Self.unitSet.contains(unit) { problems.notInSet("\(path).Unit", Self.units) }
        if let resolution = datum.storageResolution, resolution != 1, resolution != 60 {
            problems.notInSet("\(path).StorageResolution", ["1", "60"])
        }
        guard let statistics = statistics(of: datum, path) else { return }
        data.append(
            MetricDatum(
                metricName: datum.metricName ?? "",
                dimensions: datum.dimensions.map { Dimension(name: $0.name ?? "", value: $0.value ?? "") }.sorted(),
                unit: datum.unit ?? "None",
                sum: statistics.sum,
                count: statistics.count,
                minimum: statistics.minimum,
                maximum: statistics.maximum
            )
        )
    }

    private mutating func validateDimensions(_ dimensions: [PutMetricDataInput.DimensionInput], _ path: String) {
        guard dimensions.count <= Limits.maximumDimensionCount else {
            return problems.tooLong("\(path).Dimensions", maximum: Limits.maximumDimensionCount)
        }
        for (index, dimension) in dimensions.enumerated() {
            let path = "\(path).Dimensions.member.\(index + 1)"
            problems.text(dimension.name, "\(path).Name", maximumLength: Limits.maximumMetricNameLength)
            if let name = dimension.name, name.hasPrefix(":") { problems.invalid(name, "\(path).Name") }
            problems.text(dimension.value, "\(path).Value", maximumLength: Limits.maximumDimensionValueLength)
        }
        if Set(dimensions.map(\.name)).count < dimensions.count {
            problems.add(.invalidParameterValue, "No metric may specify the same dimension name twice.")
        }
    }

    private mutating func validateTime(_ timestamp: Int64?, _ path: String) {
        guard let timestamp else { return }
        let (past, future) = Limits.metricAgeInMilliseconds
        if timestamp < now - past {
            problems.add(
                .invalidParameterValue,
                "The parameter \(path).Timestamp must specify a time within the past two weeks."
            )
        } else if timestamp > now + future {
            problems.add(
                .invalidParameterValue,
                "The parameter \(path).Timestamp must specify a time no more than two hours in the future."
            )
        }
    }

    // MARK: Values

    private struct Statistics {
        var sum: Double
        var count: Double
        var minimum: Double
        var maximum: Double
    }

    /// The values of a datum, as a statistic; nil when they are not valid.
    private mutating func statistics(of datum: PutMetricDataInput.Datum, _ path: String) -> Statistics? {
        if let value = datum.value {
            if datum.statistics != nil { problems.exclusive("\(path).Value", "\(path).StatisticValues") }
            if !datum.values.isEmpty { problems.exclusive("\(path).Value", "\(path).Values") }
            validate(value, "\(path).Value")
            return Statistics(sum: value, count: 1, minimum: value, maximum: value)
        }
        // CloudWatch takes a datum with both; the statistic says more.
        let values = datum.values.isEmpty ? nil : statistics(of: datum.values, datum.counts, path)
        if let statistics = datum.statistics { return self.statistics(statistics, "\(path).StatisticValues") }
        guard !datum.values.isEmpty else {
            problems.add(
                .invalidParameterCombination,
                """
                At least one of the parameters \(path).Value and \(path).StatisticValues must be specified.
                """
            )
            return nil
        }
        return values
    }

    private mutating func statistics(_ set: PutMetricDataInput.Statistics, _ path: String) -> Statistics? {
        let members = [
            ("Maximum", set.maximum), ("Minimum", set.minimum), ("SampleCount", set.sampleCount), ("Sum", set.sum),
        ]
        for (name, value) in members {
            if let value { validate(value, "\(path).\(name)") } else { problems.missing("\(path).\(name)") }
        }
        guard let sum = set.sum, let count = set.sampleCount, let minimum = set.minimum, let maximum = set.maximum
        else { return nil }
        if maximum < minimum {
            problems.add(
                .invalidParameterValue,
                "The parameter \(path).Maximum must be greater than \(path).Minimum."
            )
        }
        if count < 0 {
            problems.add(.invalidParameterValue, "The parameter \(path).SampleCount must be greater than 0.")
        } else if count == 0 {
            problems.add(.invalidParameterValue, "The parameter \(path).SampleCount must not equal 0.")
        }
        return Statistics(sum: sum, count: count, minimum: minimum, maximum: maximum)
    }

    private mutating func statistics(of values: [Double], _ counts: [Double], _ path: String) -> Statistics? {
        guard values.count <= Limits.maximumMetricValueCount else {
            problems.tooLong("\(path).Values", maximum: Limits.maximumMetricValueCount)
            return nil
        }
        guard counts.isEmpty || counts.count == values.count else {
            problems.add(
                .invalidParameterValue,
                "The parameters \(path).Values and \(path).Counts must be of the same size."
            )
            return nil
        }
        var result = Statistics(sum: 0, count: 0, minimum: .infinity, maximum: -.infinity)
        for (index, value) in values.enumerated() {
            validate(value, "\(path).Values.member.\(index + 1)")
            let count = counts.isEmpty ? 1 : counts[index]
            validate(count, "\(path).Counts.member.\(index + 1)")
            if count < 0 { problems.invalid(Self.text(count), "\(path).Counts.member.\(index + 1)") }
            result.sum += value * count
            result.count += count
            result.minimum = min(result.minimum, value)
            result.maximum = max(result.maximum, value)
        }
        return result
    }

    /// A number must be between -2^360 and 2^360, and 0 or not nearer to it than 2^-360.
    private mutating func validate(_ value: Double, _ parameter: String) {
        let isValid = value == 0 || (value.magnitude <= 0x1p360 && value.magnitude >= 0x1p-360)
        if !isValid { problems.invalid(Self.text(value), parameter) }
    }

    private static func text(_ value: Double) -> String {
        value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-∞" : "∞") : "\(value)"
    }
}
