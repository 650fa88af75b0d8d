/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateDeadLetterQueueRecordsVisibility.html
public enum UpdateDeadLetterQueueRecordsVisibility: KinesisAction {
    public typealias Request = QueueVisibilityInput
    public typealias Response = QueueEntriesOutput
}
