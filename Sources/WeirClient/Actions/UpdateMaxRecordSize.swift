import WeirModel
import WeirWire

extension KinesisCalling {
    /// Changes the size of the largest record that a stream takes: 1,024 to 10,240 KiB.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateMaxRecordSize.html
    public func updateMaxRecordSize(streamARN: String, kibibytes: Int) async throws(ServiceError) {
        _ = try await call(
            UpdateMaxRecordSize.self,
            UpdateMaxRecordSize.Request(streamARN: streamARN, maxRecordSizeInKiB: kibibytes)
        )
    }
}
