import WeirModel
import WeirStore

/// A record of a put that may be too large for its stream.
struct RecordSize {
    /// Its data and its partition key.
    var content: RecordContent
    /// Where its members are in the request: `records.7.member.`, or nothing.
    var path: String

    /// Bytes of both together.
    var total: Int { content.size }
}

extension KinesisService {
    /// Data and partition key must not be larger together than a record of the stream may be.
    func validateRecordSizes(_ records: [RecordSize], stream name: String) async throws(ServiceError) {
        // Every stream takes records of this size, so that it need not be looked up for them.
        guard records.contains(where: { $0.total > Limits.maximumRecordSizeInBytes }) else { return }
        let limit = try await stream(name).settings.maximumRecordSizeInBytes
        var validator = Validator()
        for record in records { validator.blob("\(record.path)data", record.content.data, maximumBytes: limit) }
        try validator.finish()
        guard let tooLarge = records.first(where: { $0.total > limit }) else { return }
        throw ServiceError(
            .validation,
            """
            1 validation error detected: Data and partition key of a record must not be larger than \(limit) bytes \
            together; they have \(tooLarge.total).
            """
        )
    }

    /// Whether records must have a partition key: not in a stream that spreads them evenly by itself. The stream is looked
    /// up only when a key `isMissing`.
    func needsPartitionKeys(
        isMissing: Bool,
        stream name: String?,
        _ arn: String?,
        _ id: String?
    ) async -> Bool {
        guard isMissing, let name = try? await streamName(name, arn, id) else { return true }
        return (try? await store.stream(name: name))?.settings.distribution != .auto
    }
}
