/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateQueueRecordsVisibility.html
public enum UpdateQueueRecordsVisibility: KinesisAction {
    public typealias Request = QueueVisibilityInput
    public typealias Response = QueueEntriesOutput
}
