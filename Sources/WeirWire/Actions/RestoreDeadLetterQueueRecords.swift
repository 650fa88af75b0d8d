/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_RestoreDeadLetterQueueRecords.html
public enum RestoreDeadLetterQueueRecords: KinesisAction {
    public typealias Request = QueueReceiptsInput
    public typealias Response = QueueEntriesOutput
}
