/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_AcknowledgeQueueRecords.html
public enum AcknowledgeQueueRecords: KinesisAction {
    public typealias Request = QueueReceiptsInput
    public typealias Response = QueueEntriesOutput
}
