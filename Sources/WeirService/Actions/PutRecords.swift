import WeirModel
import WeirRuntime
import WeirStore
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
        let report = try await metered(consume records, stream: name, isBatch: true, since: start)
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
        let records = request.records ?? []
        let needsKeys = await needsPartitionKeys(
            isMissing: lacksPartitionKey(records),
            stream: request.streamName,
            request.streamARN,
            request.streamID
        )
        var validator = Validator()
        validator.require("records", request.records != nil)
        validator.count("records", request.records?.count, 1...Limits.maximumPutRecordsCount)
        validate(records, needsKeys: needsKeys, &validator)
        validator.stream(request.streamName, request.streamARN, request.streamID)
        try validator.finish()
    }

    // Spans lend their elements: the owners of what these hold are not counted.

    private func lacksPartitionKey(_ records: [PutRecordsRequestEntry]) -> Bool {
        let records = records.span
        for index in records.indices where records[index].content.partitionKeySize == nil { return true }
        return false
    }

    private func validate(_ records: [PutRecordsRequestEntry], needsKeys: Bool, _ validator: inout Validator) {
        let records = records.span
        // Most records are in order; only for the others is the member's path made.
        for index in 0..<min(records.count, Limits.maximumPutRecordsCount) where !isPlainlyValid(records[index]) {
            let record = records[index]
            let path = "records.\(index + 1).member"
            if !hasPlainKey(record) {
                let key = record.partitionKey
                validator.require("\(path).partitionKey", key != nil || !needsKeys)
                validator.text("\(path).partitionKey", key, length: 1...Limits.maximumPartitionKeyLength)
            }
            validator.text("\(path).explicitHashKey", record.explicitHashKey, pattern: .hashKey)
            validator.require("\(path).data", record.data != nil)
            validator.blob("\(path).data", record.data, maximumBytes: Limits.maximumDataSizeInBytes)
        }
    }

    private func isPlainlyValid(_ record: borrowing PutRecordsRequestEntry) -> Bool {
        guard record.explicitHashKey == nil, hasPlainKey(record), let dataSize = record.content.dataSize else {
            return false
        }
        return dataSize <= Limits.maximumDataSizeInBytes
    }

    /// Whether the partition key is valid however many characters its bytes are, so that no text is made of it to count them.
    private func hasPlainKey(_ record: borrowing PutRecordsRequestEntry) -> Bool {
        guard let size = record.content.partitionKeySize else { return false }
        return size > 0 && size <= Limits.maximumPartitionKeyLength
    }

    private func checkedRecords(
        _ entries: [PutRecordsRequestEntry],
        stream name: String
    ) async throws(ServiceError) -> RecordsToPut {
        let hashKeys = try hashKeys(of: entries)
        let (records, total, large) = measured(entries)
        try await validateRecordSizes(large, stream: name)
        guard total <= Limits.maximumPutRecordsSizeInBytes else {
            throw ServiceError(
                .invalidArgument,
                "Records size exceeds \(Limits.maximumPutRecordsSizeInBytes >> 20) MB limit"
            )
        }
        return RecordsToPut(records: records, hashKeys: hashKeys)
    }

    private func hashKeys(of entries: [PutRecordsRequestEntry]) throws(ServiceError) -> [HashKey] {
        var hashKeys = HashKey.ofPartitionKeys(entries.count) { index, hash in
            if entries[index].explicitHashKey == nil { entries[index].content.withPartitionKeyBytes(hash) }
        }
        let entries = entries.span
        for index in entries.indices where entries[index].explicitHashKey != nil {
            hashKeys[index] = try hashKey(explicit: entries[index].explicitHashKey, partitionKey: "")
        }
        return hashKeys
    }

    /// The records, their bytes, and those that need a stream that takes large ones.
    private func measured(
        _ entries: [PutRecordsRequestEntry]
    ) -> (records: [NewRecord], total: Int, large: [RecordSize]) {
        let entries = entries.span
        var records: [NewRecord] = []
        records.reserveCapacity(entries.count)
        var total = 0
        var large: [RecordSize] = []
        for index in entries.indices {
            let size = entries[index].content.size
            total += size
            if size > Limits.maximumRecordSizeInBytes {
                large.append(RecordSize(content: entries[index].content, path: "records.\(index + 1).member."))
            }
            records.append(NewRecord(shard: ShardID(0), content: entries[index].content))
        }
        return (records, total, large)
    }
}
