/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DisableEnhancedMonitoring.html
public enum DisableEnhancedMonitoring: KinesisAction {
    public typealias Request = EnhancedMonitoringInput
    public typealias Response = EnhancedMonitoringOutput
}
