import Logging
import Metrics
import WeirClient

/// Runs a producer for the duration of a scope. When the scope ends, also by an error, everything accepted is put
/// before this returns; when the task is cancelled, what is not acknowledged fails at once.
///
/// - Parameters:
///   - stream: The name of the stream.
///   - client: Calls the service.
///   - configuration: How the producer batches, repeats and bounds.
///   - logger: Gets messages at `debug` and below.
///   - metricsFactory: Makes the metrics; nil for none.
///   - body: Uses the producer.
public func withProducer<Result>(
    stream: String,
    client: any KinesisCalling,
    configuration: ProducerConfiguration = ProducerConfiguration(),
    logger: Logger,
    metricsFactory: (any MetricsFactory)? = nil,
    isolation: isolated (any Actor)? = #isolation,
    _ body: (Producer) async throws -> sending Result
) async throws -> sending Result {
    let producer = try Producer(
        stream: stream,
        client: client,
        configuration: configuration,
        logger: logger,
        metricsFactory: metricsFactory
    )
    async let running: Void = producer.run()
    do {
        let result = try await body(producer)
        producer.shutDown()
        try await running
        return result
    } catch {
        producer.shutDown()
        try await running
        throw error
    }
}
