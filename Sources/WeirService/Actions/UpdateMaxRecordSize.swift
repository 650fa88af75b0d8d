import WeirModel
import WeirWire

extension KinesisService {
    /// Changes the size of the largest record that the stream takes. Records that are there stay.
    func updateMaxRecordSize(_ request: UpdateMaxRecordSize.Request) async throws(ServiceError) -> EmptyResponse {
        var validator = Validator()
        validator.stream(arn: request.streamARN, id: request.streamID)
        validator.require("maxRecordSizeInKiB", request.maxRecordSizeInKiB != nil)
        validator.number("maxRecordSizeInKiB", request.maxRecordSizeInKiB, Limits.recordSizeRangeInKiB)
        try validator.finish()

        let name = try await streamName(nil, request.streamARN, request.streamID)
        let size = request.maxRecordSizeInKiB ?? Limits.recordSizeRangeInKiB.lowerBound
        _ = try await changeSettings(of: name, .maximumRecordSize(kibibytes: size))
        return EmptyResponse()
    }
}
