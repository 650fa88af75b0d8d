import NIOCore
import WeirModel
import WeirRuntime
import WeirWire

extension KinesisService {
    /// Puts up to 500 records. Those that were put are on disk when the call returns; the others say why not.
    func putRecords(_ request: PutRecords.Request) async throws(ServiceError) -> PutRecords.Response {
        let start = time.monotonicNanoseconds
        try await validate(request)
        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        let records = try await checkedRecords(request.records ?? [], stream: name)

        if request.isDryRun == true {
            _ = try await streamTakingRecords(name)
            try endDryRun(request.isDryRun)
        }
        var failed = 0
        let report = try await metered(records, stream: name, isBatch: true, since: start)
        let entries = report.outcomes.map { outcome in
            switch outcome {
            case .put(let shard, let number):
                return PutRecordsResultEntry(number, in: shard)
            case .throttled(let shard):
                failed += 1
                let error = ServiceError.throughputExceeded(shard: shard.description, stream: name, account: account)
                return PutRecordsResultEntry(errorCode: error.code.rawValue, errorMessage: error.message)
            case .notTaken:
                failed += 1
                return PutRecordsResultEntry(
                    errorCode: ServiceError.Code.internalFailure.rawValue,
                    errorMessage: "Internal Service Failure"
                )
            }
        }
        return PutRecords.Response(
            failedRecordCount: failed,
            records: entries,
            encryptionType: report.encryptionType
        )
    }

    private func validate(_ request: PutRecords.Request) async throws(ServiceError) {
        let needsKeys = await needsPartitionKeys(
            (request.records ?? []).lazy.map(\.partitionKey),
            stream: request.streamName,
            request.streamARN,
            request.streamID
        )
        var validator = Validator()
        validator.require("records", request.records != nil)
        validator.count("records", request.records?.count, 1...Limits.maximumPutRecordsCount)
        for (index, record) in (request.records ?? []).prefix(Limits.maximumPutRecordsCount).enumerated() {
            // Most records are in order; only for the others is the member's path made.
            if isPlainlyValid(record) { continue }
            let path = "records.\(index + 1).member"
            validator.require("\(path).partitionKey", record.partitionKey != nil || !needsKeys)
            validator.text("\(path).partitionKey", record.partitionKey, length: 1...Limits.maximumPartitionKeyLength)
            validator.text("\(path).explicitHashKey", record.explicitHashKey, pattern: .hashKey)
            validator.require("\(path).data", record.data != nil)
            validator.blob("\(path).data", record.data, maximumBytes: Limits.maximumDataSizeInBytes)
        }
        validator.stream(request.streamName, request.streamARN, request.streamID)
        try validator.finish()
    }

    private func isPlainlyValid(_ record: PutRecordsRequestEntry) -> Bool {
        guard let key = record.partitionKey, let data = record.data, record.explicitHashKey == nil else { return false }
        return !key.isEmpty && key.utf8.count <= Limits.maximumPartitionKeyLength
            && data.readableBytes <= Limits.maximumDataSizeInBytes
    }

    private func checkedRecords(
        _ entries: [PutRecordsRequestEntry],
        stream name: String
    ) async throws(ServiceError) -> [RecordToPut] {
        var records: [RecordToPut] = []
        records.reserveCapacity(entries.count)
        var total = 0
        var large: [RecordSize] = []
        for (index, entry) in entries.enumerated() {
            let partitionKey = entry.partitionKey ?? ""
            let data = entry.data ?? ByteBuffer()
            let size = data.readableBytes + partitionKey.utf8.count
            total += size
            if size > Limits.maximumRecordSizeInBytes {
                large.append(RecordSize(data: data, partitionKey: partitionKey, path: "records.\(index + 1).member."))
            }
            let hashKey = try hashKey(explicit: entry.explicitHashKey, partitionKey: partitionKey)
            records.append(RecordToPut(partitionKey: partitionKey, hashKey: hashKey, data: data))
        }
        try await validateRecordSizes(large, stream: name)
        guard total <= Limits.maximumPutRecordsSizeInBytes else {
            throw ServiceError(
                .invalidArgument,
                "Records size exceeds \(Limits.maximumPutRecordsSizeInBytes >> 20) MB limit"
            )
        }
        return records
    }
}
