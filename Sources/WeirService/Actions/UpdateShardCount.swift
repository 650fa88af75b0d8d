import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// Splits and merges the shards of a stream until it has so many, of equal size.
    func updateShardCount(_ request: UpdateShardCount.Request) async throws(ServiceError) -> UpdateShardCount.Response {
        var validator = Validator()
        validator.require("scalingType", request.scalingType != nil)
        validator.choice("scalingType", request.scalingType, of: ["UNIFORM_SCALING"])
        validator.stream(request.streamName, request.streamARN, request.streamID)
        validator.require("targetShardCount", request.targetShardCount != nil)
        validator.number("targetShardCount", request.targetShardCount, atLeast: 1)
        try validator.finish()

        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        let target = request.targetShardCount ?? 1
        let before: Int
        do throws(ServiceError) {
            before = try await store.updateShardCount(of: name, to: target)
        } catch {
            throw streamError(error, name)
        }
        return UpdateShardCount.Response(
            streamName: name,
            currentShardCount: before,
            targetShardCount: target,
            streamARN: arn(of: name)
        )
    }
}
