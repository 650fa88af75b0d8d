import WeirModel
import WeirWire

extension KinesisService {
    /// Changes the capacity mode. The shards stay as they are, unless more are asked for by a warm throughput.
    func updateStreamMode(_ request: UpdateStreamMode.Request) async throws(ServiceError) -> EmptyResponse {
        let mode = request.streamModeDetails?.streamMode
        var validator = Validator()
        validator.stream(arn: request.streamARN, id: request.streamID)
        validator.require("streamModeDetails", request.streamModeDetails != nil)
        validator.streamMode("streamModeDetails.streamMode", mode)
        validator.number("warmThroughputMiBps", request.warmThroughputMiBps, atLeast: 0)
        try validator.finish()

        let name = try await streamName(nil, request.streamARN, request.streamID)
        let newMode = mode.flatMap(StreamMode.init) ?? .provisioned
        if let throughput = request.warmThroughputMiBps {
            try await validateWarmThroughput(throughput, mode: newMode, stream: name)
        }
        _ = try await changeSettings(of: name, .mode(newMode, warmThroughputMiBps: request.warmThroughputMiBps))
        return EmptyResponse()
    }
}

extension Validator {
    /// Checks a member that names a capacity mode.
    mutating func streamMode(_ member: String, _ mode: String?) {
        choice(member, mode, of: StreamMode.allCases.map(\.rawValue))
    }
}
