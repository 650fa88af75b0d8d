import Testing
import WeirModel
import WeirWire

@Suite struct StreamSettingsRefusalTests {
    static let arn = StreamSettingsTests.arn
    static let absent = "arn:aws:kinesis:us-east-1:000000000000:stream/absent"

    @Test(arguments: [
        ("UpdateStreamMode", #"{"StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#, ServiceError.Code.validation),
        ("UpdateStreamMode", #"{"StreamARN":"\#(arn)"}"#, .validation),
        ("UpdateStreamMode", #"{"StreamARN":"\#(arn)","StreamModeDetails":{"StreamMode":"NO"}}"#, .validation),
        (
            "UpdateStreamMode",
            #"{"StreamARN":"\#(arn)","StreamModeDetails":{"StreamMode":"PROVISIONED"},"WarmThroughputMiBps":1}"#,
            .invalidArgument
        ),
        (
            "UpdateStreamMode", #"{"StreamARN":"\#(absent)","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#,
            .resourceNotFound
        ),
        ("UpdateMaxRecordSize", #"{"StreamARN":"\#(arn)"}"#, .validation),
        ("UpdateMaxRecordSize", #"{"MaxRecordSizeInKiB":2048}"#, .validation),
        ("UpdateMaxRecordSize", #"{"StreamARN":"\#(arn)","MaxRecordSizeInKiB":1023}"#, .validation),
        ("UpdateMaxRecordSize", #"{"StreamARN":"\#(arn)","MaxRecordSizeInKiB":10241}"#, .validation),
        ("UpdateMaxRecordSize", #"{"StreamARN":"\#(absent)","MaxRecordSizeInKiB":2048}"#, .resourceNotFound),
        ("StartStreamEncryption", #"{"StreamName":"s","EncryptionType":"KMS"}"#, .validation),
        ("StartStreamEncryption", #"{"StreamName":"s","KeyId":"alias/k"}"#, .validation),
        ("StartStreamEncryption", #"{"StreamName":"s","EncryptionType":"AES","KeyId":"alias/k"}"#, .validation),
        ("StartStreamEncryption", #"{"StreamName":"s","EncryptionType":"NONE","KeyId":"alias/k"}"#, .invalidArgument),
        ("StartStreamEncryption", #"{"StreamName":"s","EncryptionType":"KMS","KeyId":""}"#, .validation),
        ("StartStreamEncryption", #"{"StreamName":"s","EncryptionType":"KMS","KeyId":"alias/"}"#, .invalidArgument),
        (
            "StartStreamEncryption", #"{"StreamName":"s","EncryptionType":"KMS","KeyId":"arn:aws:s3:::b"}"#,
            .invalidArgument
        ),
        (
            "StartStreamEncryption", #"{"StreamName":"absent","EncryptionType":"KMS","KeyId":"alias/k"}"#,
            .resourceNotFound
        ),
        ("StopStreamEncryption", #"{"StreamName":"s","EncryptionType":"KMS","KeyId":"nonsense"}"#, .invalidArgument),
        (
            "StopStreamEncryption", #"{"StreamName":"absent","EncryptionType":"KMS","KeyId":"alias/k"}"#,
            .resourceNotFound
        ),
        ("EnableEnhancedMonitoring", #"{"StreamName":"s"}"#, .validation),
        ("EnableEnhancedMonitoring", #"{"StreamName":"s","ShardLevelMetrics":[]}"#, .validation),
        ("DisableEnhancedMonitoring", #"{"StreamName":"s","ShardLevelMetrics":["Nothing"]}"#, .validation),
        ("DisableEnhancedMonitoring", #"{"StreamName":"absent","ShardLevelMetrics":["ALL"]}"#, .resourceNotFound),
        ("UpdateStreamWarmThroughput", #"{"StreamName":"s"}"#, .validation),
        ("UpdateStreamWarmThroughput", #"{"StreamName":"s","WarmThroughputMiBps":-1}"#, .validation),
        ("UpdateStreamWarmThroughput", #"{"StreamName":"s","WarmThroughputMiBps":1}"#, .invalidArgument),
        ("UpdateStreamWarmThroughput", #"{"StreamName":"s","WarmThroughputMiBps":10241}"#, .limitExceeded),
        ("UpdateStreamRecordDistributionStrategy", #"{"StreamARN":"\#(arn)"}"#, .validation),
        (
            "UpdateStreamRecordDistributionStrategy",
            #"{"StreamARN":"\#(arn)","RecordDistributionStrategy":"SOME"}"#, .validation
        ),
        (
            "UpdateStreamRecordDistributionStrategy",
            #"{"StreamARN":"\#(arn)","RecordDistributionStrategy":"AUTO"}"#, .invalidArgument
        ),
        ("CreateStream", #"{"StreamName":"t","ShardCount":1,"MaxRecordSizeInKiB":1023}"#, .validation),
        ("CreateStream", #"{"StreamName":"t","ShardCount":1,"MaxRecordSizeInKiB":10241}"#, .validation),
        ("CreateStream", #"{"StreamName":"t","ShardCount":1,"WarmThroughputMiBps":1}"#, .invalidArgument),
        ("CreateStream", #"{"StreamName":"t","ShardCount":1,"RecordDistributionStrategy":"AUTO"}"#, .invalidArgument),
        ("CreateStream", #"{"StreamName":"t","ShardCount":1,"RecordDistributionStrategy":"MINE"}"#, .validation),
    ])
    func badRequestsAreRefused(action: String, body: String, code: ServiceError.Code) async throws {
        try await withService { test in
            try await test.createStream()
            _ = try await test.store.setThroughputCommitment(isEnabled: true)
            let before = try await test.store.stream(name: "s").settings
            let error = await test.refusal(action, body)
            #expect(error?.code == code, "\(String(describing: error))")
            #expect(try await test.store.stream(name: "s").settings == before)
            #expect(try await test.store.streamNames(after: nil, limit: 9) == ["s"])
        }
    }

    @Test(arguments: [
        "alias/aws/kinesis", "alias/My_key-1", "12345678-1234-1234-1234-123456789012",
        "mrk-1234567890abcdef1234567890abcdef",
        "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012",
        "arn:aws-cn:kms:cn-north-1:123456789012:alias/MyAliasName",
    ])
    func allFormsOfKeysAreTaken(key: String) async throws {
        try await withService { test in
            try await test.createStream()
            _ = try await test.call(
                StartStreamEncryption.self,
                .init(streamName: "s", encryptionType: "KMS", keyID: key)
            )
            #expect(try await test.store.stream(name: "s").settings.encryptionKeyID == key)
        }
    }

    @Test func theTextsAreThoseOfTheService() async throws {
        try await withService { test in
            try await test.createStream()
            let size = await test.refusal(
                "UpdateMaxRecordSize",
                #"{"StreamARN":"\#(Self.arn)","MaxRecordSizeInKiB":1}"#
            )
            #expect(
                size?.message == """
                    1 validation error detected: Value '1' at 'maxRecordSizeInKiB' failed to satisfy constraint: Member \
                    must have value greater than or equal to 1024
                    """
            )
            let metrics = await test.refusal(
                "EnableEnhancedMonitoring",
                #"{"StreamName":"s","ShardLevelMetrics":["IncomingBytes","Nothing"]}"#
            )
            #expect(
                metrics?.message == """
                    1 validation error detected: Value '[IncomingBytes, Nothing]' at 'shardLevelMetrics' failed to \
                    satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: \
                    [IncomingBytes, IncomingRecords, OutgoingBytes, OutgoingRecords, \
                    WriteProvisionedThroughputExceeded, ReadProvisionedThroughputExceeded, IteratorAgeMilliseconds, ALL]]
                    """
            )
            _ = try await test.store.setThroughputCommitment(isEnabled: true)
            let warm = await test.refusal("UpdateStreamWarmThroughput", #"{"StreamName":"s","WarmThroughputMiBps":1}"#)
            #expect(
                warm?.message == """
                    UpdateStreamWarmThroughput is only supported for data streams with the on-demand capacity mode. \
                    Stream s under account 000000000000 is in PROVISIONED mode.
                    """
            )
        }
    }
}
