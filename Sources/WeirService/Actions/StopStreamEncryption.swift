import WeirModel
import WeirWire

extension KinesisService {
    /// Encrypts no record that is put from now on. Those that are there stay readable.
    func stopStreamEncryption(_ request: StopStreamEncryption.Request) async throws(ServiceError) -> EmptyResponse {
        try EncryptionChange.validate(request)
        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        _ = try await changeSettings(of: name, .stopEncryption)
        return EmptyResponse()
    }
}
