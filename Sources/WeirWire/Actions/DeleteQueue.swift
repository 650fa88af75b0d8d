/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteQueue.html
public enum DeleteQueue: KinesisAction {
    public typealias Request = QueueARNInput
    public typealias Response = EmptyResponse
}
