/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_AcknowledgeDeadLetterQueueRecords.html
public enum AcknowledgeDeadLetterQueueRecords: KinesisAction {
    public typealias Request = QueueReceiptsInput
    public typealias Response = QueueEntriesOutput
}
