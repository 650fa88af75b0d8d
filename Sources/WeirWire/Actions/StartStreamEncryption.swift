/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartStreamEncryption.html
public enum StartStreamEncryption: KinesisAction {
    public typealias Request = StreamEncryptionInput
    public typealias Response = EmptyResponse
}
