/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ReceiveQueueRecords.html
public enum ReceiveQueueRecords: KinesisAction {
    public typealias Request = QueueReceiveInput
    public typealias Response = QueueReceiveOutput
}
