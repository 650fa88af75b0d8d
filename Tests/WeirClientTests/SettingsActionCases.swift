import WeirModel
import WeirWire

@testable import WeirClient

let settingsCases = [
    ActionCase(
        "describeLimits",
        answers: [#"{"ShardLimit":5,"OpenShardCount":1,"OnDemandStreamCount":2,"OnDemandStreamCountLimit":3}"#],
        calls: ["DescribeLimits {}"],
        result: "5 1 2 3"
    ) {
        let limits = try await $0.describeLimits()
        return "\(limits.shardLimit) \(limits.openShardCount) \(limits.onDemandStreamCount) "
            + "\(limits.onDemandStreamCountLimit)"
    },
    ActionCase(
        "describeAccountSettings",
        answers: [#"{"MinimumThroughputBillingCommitment":{"Status":"DISABLED"}}"#],
        calls: ["DescribeAccountSettings {}"],
        result: "DISABLED"
    ) { try await $0.describeAccountSettings().minimumThroughputBillingCommitment?.status ?? "" },
    ActionCase(
        "updateAccountSettings",
        answers: [#"{"MinimumThroughputBillingCommitment":{"Status":"ENABLED","StartedAt":1.5}}"#],
        calls: [#"UpdateAccountSettings {"MinimumThroughputBillingCommitment":{"Status":"ENABLED"}}"#],
        result: "1500ms"
    ) {
        let answer = try await $0.updateAccountSettings(minimumThroughputBillingCommitment: true)
        return answer.minimumThroughputBillingCommitment?.startedAt?.description ?? ""
    },
    ActionCase(
        "getResourcePolicy",
        answers: [#"{"Policy":"{}"}"#],
        calls: [#"GetResourcePolicy {"ResourceARN":"arn"}"#],
        result: "{}"
    ) { try await $0.getResourcePolicy(resourceARN: "arn") },
    ActionCase("putResourcePolicy", calls: [#"PutResourcePolicy {"ResourceARN":"arn","Policy":"{}"}"#]) {
        try await $0.putResourcePolicy(resourceARN: "arn", policy: "{}")
        return ""
    },
    ActionCase("deleteResourcePolicy", calls: [#"DeleteResourcePolicy {"ResourceARN":"arn"}"#]) {
        try await $0.deleteResourcePolicy(resourceARN: "arn")
        return ""
    },
    ActionCase(
        "updateStreamMode",
        calls: [
            #"UpdateStreamMode {"StreamARN":"arn","StreamModeDetails":{"StreamMode":"ON_DEMAND"},"WarmThroughputMiBps":8}"#
        ]
    ) {
        try await $0.updateStreamMode(streamARN: "arn", mode: .onDemand, warmThroughputMiBps: 8)
        return ""
    },
    ActionCase("updateMaxRecordSize", calls: [#"UpdateMaxRecordSize {"StreamARN":"arn","MaxRecordSizeInKiB":2048}"#]) {
        try await $0.updateMaxRecordSize(streamARN: "arn", kibibytes: 2048)
        return ""
    },
    ActionCase(
        "startStreamEncryption",
        calls: [#"StartStreamEncryption {"StreamName":"s","EncryptionType":"KMS","KeyId":"alias/k"}"#]
    ) {
        try await $0.startStreamEncryption("s", keyID: "alias/k")
        return ""
    },
    ActionCase(
        "stopStreamEncryption",
        calls: [#"StopStreamEncryption {"StreamName":"s","EncryptionType":"KMS","KeyId":"alias/k"}"#]
    ) {
        try await $0.stopStreamEncryption("s", keyID: "alias/k")
        return ""
    },
    ActionCase(
        "enableEnhancedMonitoring",
        answers: [#"{"StreamName":"s","CurrentShardLevelMetrics":[],"DesiredShardLevelMetrics":["IncomingBytes"]}"#],
        calls: [#"EnableEnhancedMonitoring {"StreamName":"s","ShardLevelMetrics":["IncomingBytes","OutgoingBytes"]}"#],
        result: "IncomingBytes"
    ) {
        let answer = try await $0.enableEnhancedMonitoring("s", metrics: [.outgoingBytes, .incomingBytes])
        return (answer.desiredShardLevelMetrics ?? []).joined()
    },
    ActionCase(
        "disableEnhancedMonitoring",
        answers: [#"{"StreamName":"s","CurrentShardLevelMetrics":["IncomingBytes"],"DesiredShardLevelMetrics":[]}"#],
        calls: [#"DisableEnhancedMonitoring {"StreamName":"s","ShardLevelMetrics":["IncomingBytes"]}"#],
        result: "IncomingBytes"
    ) {
        let answer = try await $0.disableEnhancedMonitoring("s", metrics: [.incomingBytes])
        return (answer.currentShardLevelMetrics ?? []).joined()
    },
    ActionCase(
        "updateStreamWarmThroughput",
        answers: [#"{"StreamName":"s","WarmThroughput":{"TargetMiBps":9,"CurrentMiBps":4}}"#],
        calls: [#"UpdateStreamWarmThroughput {"StreamName":"s","WarmThroughputMiBps":9}"#],
        result: "9 4"
    ) {
        let throughput = try await $0.updateStreamWarmThroughput("s", mebibytesPerSecond: 9)
        return "\(throughput?.targetMiBps ?? 0) \(throughput?.currentMiBps ?? 0)"
    },
    ActionCase(
        "updateShardCount",
        answers: [#"{"StreamName":"s","CurrentShardCount":2,"TargetShardCount":4,"StreamARN":"arn"}"#],
        calls: [#"UpdateShardCount {"StreamName":"s","TargetShardCount":4,"ScalingType":"UNIFORM_SCALING"}"#],
        result: "2"
    ) { "\(try await $0.updateShardCount("s", target: 4) ?? 0)" },
    ActionCase(
        "updateStreamRecordDistributionStrategy",
        calls: [#"UpdateStreamRecordDistributionStrategy {"StreamARN":"arn","RecordDistributionStrategy":"AUTO"}"#]
    ) {
        try await $0.updateStreamRecordDistributionStrategy(streamARN: "arn", .auto)
        return ""
    },
]
