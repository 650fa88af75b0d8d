import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

extension KinesisService {
    /// Puts one record. It is on disk when the call returns.
    func putRecord(_ request: PutRecord.Request) async throws(ServiceError) -> PutRecord.Response {
        let start = time.monotonicNanoseconds
        var validator = Validator()
        validator.text("sequenceNumberForOrdering", request.sequenceNumberForOrdering, pattern: .sequenceNumber)
        let needsKey = await needsPartitionKeys(
            isMissing: request.partitionKey == nil,
            stream: request.streamName,
            request.streamARN,
            request.streamID
        )
        validator.require("partitionKey", request.partitionKey != nil || !needsKey)
        validator.text("partitionKey", request.partitionKey, length: 1...Limits.maximumPartitionKeyLength)
        validator.text("explicitHashKey", request.explicitHashKey, pattern: .hashKey)
        validator.require("data", request.data != nil)
        validator.blob("data", request.data, maximumBytes: Limits.maximumDataSizeInBytes)
        validator.stream(request.streamName, request.streamARN, request.streamID)
        try validator.finish()

        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        let partitionKey = request.partitionKey ?? ""
        let content = RecordContent(data: request.data, partitionKey: partitionKey)
        try await validateRecordSizes([RecordSize(content: content, path: "")], stream: name)
        let hashKey = try hashKey(explicit: request.explicitHashKey, partitionKey: partitionKey)
        if let text = request.sequenceNumberForOrdering { try await validateOrdering(text, stream: name) }

        if request.isDryRun == true {
            _ = try await streamTakingRecords(name)
            try endDryRun(request.isDryRun)
        }
        let records = RecordsToPut(
            records: [NewRecord(shard: ShardID(0), content: content)],
            hashKeys: [hashKey]
        )
        let report = try await metered(consume records, stream: name, isBatch: false, since: start)
        switch report.outcomes.first {
        case .put(let shard, let number)?:
            return PutRecord.Response(
                shardID: shard.description,
                sequenceNumber: number.description,
                encryptionType: report.encryptionType
            )
        case .throttled(let shard)?:
            throw ServiceError.throughputExceeded(shard: shard.description, stream: name, account: account)
        case .notTaken?, nil:
            throw ServiceError(.internalFailure, "The shard was closed while the record was put.")
        }
    }

    /// Every record gets a greater number than all before it in its shard, so the number itself asks for nothing more.
    /// It must be one that this stream, or one of its name before it, may have given.
    private func validateOrdering(_ text: String, stream name: String) async throws(ServiceError) {
        let stream = try await stream(name)
        let newestShard = stream.shards.last?.id.number ?? 0
        guard let number = SequenceNumber(text),
            number.streamEpoch < stream.createdAt.millisecondsSinceEpoch
                || (number.streamEpoch == stream.createdAt.millisecondsSinceEpoch && number.shard <= newestShard)
        else {
            throw ServiceError(
                .invalidArgument,
                """
                ExclusiveMinimumSequenceNumber \(text) used in PutRecord on stream \(name) under account \
                \(account) is invalid.
                """
            )
        }
    }
}
