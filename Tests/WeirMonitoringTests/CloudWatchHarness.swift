import Logging
import NIOCore
import WeirMetrics
import WeirModel
import WeirRuntime
import WeirWire

@testable import WeirMonitoring

/// A clock that stands.
struct StandingTime: TimeSource {
    var wallMilliseconds: Int64 { 1_800_000_000_000 }
    var monotonicNanoseconds: UInt64 { 0 }
    func sleep(for duration: Duration) async throws {}
}

/// A service with a store of its own.
struct CloudWatchHarness {
    let store: MetricSeriesStore
    let service: CloudWatchService

    init(maximumCount: Int = 100, maximumSize: Int = 1 << 20) {
        store = MetricSeriesStore(
            maximumCount: maximumCount,
            maximumSize: maximumSize,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        service = CloudWatchService(series: store, time: StandingTime())
    }

    /// The error with which a call is refused; nil when it is not.
    func refusal(_ call: CloudWatchCall, caller: (any ActionCaller)? = nil) -> ServiceError? {
        do throws(ServiceError) {
            _ = try service.perform(call, region: "r", caller: caller)
            return nil
        } catch {
            return error
        }
    }

    /// The same of an input in JSON.
    func refusal(_ input: String) -> ServiceError? {
        refusal(.json("PutMetricData", body: ByteBuffer(string: input)))
    }

    /// The samples of all series.
    var samples: [String] {
        var text = MetricText()
        text.write(store)
        return String(buffer: text.body).split(separator: "\n").map(String.init).filter {
            $0.hasPrefix("cloudwatch_metric")
        }
    }
}
