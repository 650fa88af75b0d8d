import WeirModel
import WeirWire

extension KinesisCalling {
    /// Encrypts no record that is put from now on.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StopStreamEncryption.html
    public func stopStreamEncryption(_ stream: String, keyID: String) async throws(ServiceError) {
        _ = try await call(
            StopStreamEncryption.self,
            StopStreamEncryption.Request(streamName: stream, encryptionType: "KMS", keyID: keyID)
        )
    }
}
