import NIOCore

/// Writes metrics in the text format of Prometheus.
///
/// A family is begun once, and its samples follow it. Source:
/// https://prometheus.io/docs/instrumenting/exposition_formats/
public struct MetricText: Sendable {
    /// `Content-Type` of the text, with the version of the format.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The types of families.
    public enum Kind: String, Sendable {
        /// A number that only grows, until the process ends.
        case counter
        /// A number that goes up and down.
        case gauge
        /// How many observations lie at or below each of some bounds, with their sum and their count.
        case histogram
        /// The sum and the count of observations.
        case summary
    }

    /// What has been written.
    public private(set) var body = ByteBuffer()
    private var family = ""

    /// An empty text.
    public init() {}

    /// Begins a family: its name, its type, and what it is for people.
    public mutating func begin(_ name: String, _ kind: Kind, help: String) {
        family = name
        body.writeString("# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n")
    }

    /// Writes the sample of a family that has no labels.
    public mutating func sample(value: Double) { sample(MetricLabels(), value) }

    /// Writes a sample of the family, whose name may have a suffix.
    public mutating func sample(_ labels: MetricLabels, _ value: Double, suffix: String = "") {
        body.writeString(family)
        body.writeString(suffix)
        if !labels.text.isEmpty { body.writeString("{\(labels.text)}") }
        body.writeString(" \(Self.number(value))\n")
    }

    /// Writes a sample that is a whole number.
    public mutating func sample(_ labels: MetricLabels, _ value: UInt64, suffix: String = "") {
        sample(labels, Double(value), suffix: suffix)
    }

    /// Writes the samples of a histogram, its bounds and its sum in a unit of so many nanoseconds.
    public mutating func samples(_ labels: MetricLabels, _ histogram: LatencyHistogram, nanosecondsPerUnit: Double) {
        var total: UInt64 = 0
        for (index, count) in histogram.counts.enumerated() {
            total += count
            let bound =
                index < LatencyHistogram.bounds.count
                ? Self.number(Double(LatencyHistogram.bounds[index]) / nanosecondsPerUnit) : "+Inf"
            sample(labels.adding("le", bound), total, suffix: "_bucket")
        }
        sample(labels, Double(histogram.sum) / nanosecondsPerUnit, suffix: "_sum")
        sample(labels, total, suffix: "_count")
    }

    /// A number as Prometheus reads it.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Beyond 2^53 a whole number is not told apart from its neighbours, and would only be long.
        if value.magnitude < 0x1p53, value == value.rounded() { return "\(Int64(value))" }
        return "\(value)"
    }

    static func escaped(_ text: String, quotes: Bool) -> String {
        let special = text.utf8.contains { byte in
            byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\"")
        }
        guard special else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// The labels of a sample, written and escaped.
public struct MetricLabels: Hashable, Sendable {
    /// Names and values as they stand between the braces.
    public let text: String

    /// No labels.
    public init() { text = "" }

    /// Labels by their names, which must be names to Prometheus (`[a-zA-Z_][a-zA-Z0-9_]*`), and their values.
    public init(_ labels: [(name: String, value: String)]) {
        text = labels.map { "\($0.name)=\"\(MetricText.escaped($0.value, quotes: true))\"" }.joined(separator: ",")
    }

    private init(text: String) { self.text = text }

    /// These labels and one more.
    public func adding(_ name: String, _ value: String) -> MetricLabels {
        let added = MetricLabels([(name, value)]).text
        return MetricLabels(text: text.isEmpty ? added : "\(text),\(added)")
    }
}
