import WeirModel
import WeirWire

extension KinesisCalling {
    /// Encrypts the records that are put from now on with a key: its ID, its ARN, or an alias.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartStreamEncryption.html
    public func startStreamEncryption(_ stream: String, keyID: String) async throws(ServiceError) {
        _ = try await call(
            StartStreamEncryption.self,
            StartStreamEncryption.Request(streamName: stream, encryptionType: "KMS", keyID: keyID)
        )
    }
}
