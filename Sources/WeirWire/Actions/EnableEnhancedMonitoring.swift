/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_EnableEnhancedMonitoring.html
public enum EnableEnhancedMonitoring: KinesisAction {
    public typealias Request = EnhancedMonitoringInput
    public typealias Response = EnhancedMonitoringOutput
}
