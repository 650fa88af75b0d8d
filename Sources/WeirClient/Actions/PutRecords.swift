import WeirModel
import WeirWire

extension KinesisCalling {
    /// Puts 1 to 500 records of at most 10 MiB. Some may fail while others are put: look at each result. The failed ones
    /// are not repeated, and order is not kept; a producer does both.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
    public func putRecords(
        _ records: [PutRecordsRequestEntry],
        stream: String
    ) async throws(ServiceError) -> PutRecords.Response {
        try await call(PutRecords.self, PutRecords.Request(records: records, streamName: stream))
    }
}
