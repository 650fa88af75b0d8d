import WeirModel
import WeirWire

extension KinesisService {
    /// Encrypts the records that are put from now on.
    func startStreamEncryption(_ request: StartStreamEncryption.Request) async throws(ServiceError) -> EmptyResponse {
        try EncryptionChange.validate(request)
        let name = try await streamName(request.streamName, request.streamARN, request.streamID)
        _ = try await changeSettings(of: name, .startEncryption(keyID: request.keyID ?? ""))
        return EmptyResponse()
    }
}
