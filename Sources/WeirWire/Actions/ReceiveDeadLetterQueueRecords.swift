/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ReceiveDeadLetterQueueRecords.html
public enum ReceiveDeadLetterQueueRecords: KinesisAction {
    public typealias Request = QueueReceiveInput
    public typealias Response = QueueReceiveOutput
}
