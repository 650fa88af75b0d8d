/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StopStreamEncryption.html
public enum StopStreamEncryption: KinesisAction {
    public typealias Request = StreamEncryptionInput
    public typealias Response = EmptyResponse
}
