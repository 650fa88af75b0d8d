/// A name and a value that tell a metric from others of its name.
struct Dimension: Hashable, Comparable, Sendable {
    var name: String
    var value: String

    static func < (left: Dimension, right: Dimension) -> Bool { left.name < right.name }
}

/// The input of PutMetricData, as it came in.
struct PutMetricDataInput: Sendable {
    /// A dimension that may lack its parts.
    struct DimensionInput: Sendable {
        var name: String?
        var value: String?
    }

    /// What a client knows of many values.
    struct Statistics: Sendable {
        var sampleCount: Double?
        var sum: Double?
        var minimum: Double?
        var maximum: Double?
    }

    /// What is said of one metric.
    struct Datum: Sendable {
        var metricName: String?
        var dimensions: [DimensionInput] = []
        /// Milliseconds since 1970.
        var timestamp: Int64?
        var value: Double?
        var statistics: Statistics?
        var values: [Double] = []
        var counts: [Double] = []
        var unit: String?
        var storageResolution: Int64?
    }

    /// What a group of metrics is of.
    struct Entity: Sendable {
        var keyAttributes: [String: String]?
        var attributes: [String: String]
    }

    /// Metrics of an entity.
    struct Group: Sendable {
        var entity: Entity?
        var data: [Datum]
    }

    var nameSpace: String?
    var data: [Datum] = []
    var groups: [Group] = []
    var isStrict: Bool?
}

/// A datum that was found to be valid: what is kept of it.
struct MetricDatum: Hashable, Sendable {
    var metricName: String
    /// By their names.
    var dimensions: [Dimension]
    var unit: String
    var sum: Double
    var count: Double
    var minimum: Double
    var maximum: Double
}
