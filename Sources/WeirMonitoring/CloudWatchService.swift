import WeirModel
import WeirRuntime
import WeirWire

/// The one action of CloudWatch that producers and consumers of streams need: PutMetricData. What it brings is shown to
/// Prometheus.
public struct CloudWatchService: Sendable {
    /// What came of a call.
    public struct Outcome: Sendable {
        /// The action.
        public let action: String
        /// Why the entities of the call were not taken, if they were not; the data were.
        public let entityFault: EntityFault?
    }

    private let series: MetricSeriesStore
    private let time: any TimeSource

    /// A service that keeps what is put in a store.
    public init(series: MetricSeriesStore, time: any TimeSource) {
        self.series = series
        self.time = time
    }

    /// Performs a call.
    ///
    /// - Parameters:
    ///   - call: The call.
    ///   - region: The region that it is for.
    ///   - caller: Who calls; nil where nobody is asked.
    /// - Throws: The errors of CloudWatch; `unknownOperation` or `InvalidAction` for another action than PutMetricData.
    public func perform(
        _ call: CloudWatchCall,
        region: String,
        caller: (any ActionCaller)?
    ) throws(ServiceError) -> Outcome {
        let (action, input) = try call.read()
        guard action == Self.action else { throw call.unknown(action) }
        try caller?.authorize("cloudwatch:\(action)", on: "*")
        return Outcome(action: action, entityFault: try put(input, call.form, region))
    }

    /// The action's name.
    public static let action = "PutMetricData"

    /// Whether an error says that there is no such action.
    public static func isUnknownAction(_ error: ServiceError) -> Bool {
        [.unknownOperation, .invalidAction, .missingAction].contains(error.code)
    }

    private func put(_ map: WireMap, _ form: CloudWatchForm, _ region: String) throws(ServiceError) -> EntityFault? {
        let input = try PutMetricDataReader(form: form).read(map)
        var validator = PutMetricDataValidator(now: time.wallMilliseconds)
        let data = try validator.validate(input)
        let entityFault = EntityFault.first(in: input)
        if let entityFault, input.isStrict == true {
            throw ServiceError(.invalidParameterValue, entityFault.rawValue)
        }
        series.add(data, nameSpace: input.nameSpace ?? "", region: region)
        return entityFault
    }
}
