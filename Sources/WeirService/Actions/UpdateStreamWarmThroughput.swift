import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Changes the throughput that an on-demand stream is kept ready to take, and the number of its shards with it.
    func updateStreamWarmThroughput(
        _ request: UpdateStreamWarmThroughput.Request
    ) async throws(ServiceError) -> UpdateStreamWarmThroughput.Response {
        var validator = Validator()
        validator.stream(request.streamName, request.streamARN, request.streamID)
        validator.require("warmThroughputMiBps", request.warmThroughputMiBps != nil)
        validator.number("warmThroughputMiBps", request.warmThroughputMiBps, atLeast: 0)
        try validator.finish()

        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        let throughput = request.warmThroughputMiBps ?? 0
        try await validateWarmThroughput(throughput, mode: .onDemand, stream: name)
        _ = try await changeSettings(of: name, .warmThroughput(mebibytesPerSecond: throughput))
        return UpdateStreamWarmThroughput.Response(
            streamARN: arn(of: name),
            streamName: name,
            warmThroughput: try await stream(name).warmThroughput
        )
    }

    /// Checks a throughput that a stream of that mode is to be kept ready for.
    func validateWarmThroughput(
        _ throughput: Int,
        mode: StreamMode,
        stream: String
    ) async throws(ServiceError) {
        // Before anything is told of the account.
        try gate?.admit(stream: stream)
        guard mode == .onDemand else {
            throw ServiceError(
                .invalidArgument,
                "WarmThroughputMiBps is only supported for data streams with the on-demand capacity mode."
            )
        }
        guard try await store.throughputCommitment().isInForce(at: now) else {
            throw ServiceError(
                .invalidArgument,
                """
                WarmThroughputMiBps is only supported for accounts that have MinimumThroughputBillingCommitment \
                enabled. It is not enabled for account \(account).
                """
            )
        }
        guard throughput <= Limits.maximumWarmThroughputMiBps else {
            throw ServiceError(
                .limitExceeded,
                """
                WarmThroughputMiBps must not be greater than \(Limits.maximumWarmThroughputMiBps). Requested warm \
                throughput: \(throughput).
                """
            )
        }
    }
}
