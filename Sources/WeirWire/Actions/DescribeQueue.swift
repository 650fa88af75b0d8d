/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeQueue.html
public enum DescribeQueue: KinesisAction {
    public typealias Request = QueueARNInput
    public typealias Response = QueueDescriptionOutput
}
