import NIOCore
import Testing
import WeirModel
import WeirWire

@testable import WeirProducer

@Suite struct ProducerRecordTests {
    @Test(arguments: [
        "a", String(repeating: "k", count: 256), String(repeating: "\u{1F6A2}", count: 256),
    ]) func aPartitionKeyOfOneTo256CharactersIsTaken(key: String) throws {
        let record = try ProducerRecord(data: ByteBuffer(), partitionKey: key, explicitHashKey: nil)
        #expect(record.sizeInBytes == key.utf8.count)
    }

    @Test(arguments: ["", String(repeating: "k", count: 257), String(repeating: "\u{1F6A2}", count: 257)])
    func anotherPartitionKeyIsRefused(key: String) {
        let error = #expect(throws: ProducerError.self) {
            try ProducerRecord(data: ByteBuffer(), partitionKey: key, explicitHashKey: nil)
        }
        #expect(error?.code == .invalidRecord)
        #expect(error?.isRetryable == false)
    }

    @Test func dataAndKeyMayHaveOneMebibyteTogether() throws {
        let greatest = ByteBuffer(repeating: 0, count: Limits.maximumRecordSizeInBytes - 3)
        let record = try ProducerRecord(data: greatest, partitionKey: "key", explicitHashKey: nil)
        #expect(record.sizeInBytes == Limits.maximumRecordSizeInBytes)
        let error = #expect(throws: ProducerError.self) {
            try ProducerRecord(data: greatest, partitionKey: "keys", explicitHashKey: nil)
        }
        #expect(error?.code == .invalidRecord)
    }

    @Test(arguments: ["0", "340282366920938463463374607431768211455"])
    func aDecimalBelowTwoToThe128IsAHashKey(text: String) throws {
        let record = try ProducerRecord(data: ByteBuffer(), partitionKey: "k", explicitHashKey: text)
        #expect(record.entry.explicitHashKey == text)
    }

    @Test(arguments: ["", "-1", "x", "01", "340282366920938463463374607431768211456"])
    func anotherHashKeyIsRefused(text: String) {
        let error = #expect(throws: ProducerError.self) {
            try ProducerRecord(data: ByteBuffer(), partitionKey: "k", explicitHashKey: text)
        }
        #expect(error?.code == .invalidRecord)
    }

    @Test(
        arguments: [
            { $0.maximumBatchCount = 0 }, { $0.maximumBatchCount = 501 }, { $0.maximumBatchSizeInBytes = 0 },
            { $0.maximumBatchSizeInBytes = (10 << 20) + 1 }, { $0.maximumConcurrentCalls = 0 },
            { $0.maximumBufferedSizeInBytes = (2 << 20) - 1 }, { $0.linger = .nanoseconds(-1) },
            { $0.recordTimeToLive = .zero }, { $0.retryBaseDelay = .nanoseconds(-1) },
            { $0.maximumRetryDelay = .nanoseconds(-1) },
        ] as [@Sendable (inout ProducerConfiguration) -> Void]
    ) func aValueOutOfItsRangeIsRefused(
        change: @Sendable (inout ProducerConfiguration) -> Void
    ) {
        var configuration = ProducerConfiguration()
        change(&configuration)
        let error = #expect(throws: ProducerError.self) { try configuration.validate() }
        #expect(error?.code == .invalidConfiguration)
    }

    @Test(
        arguments: [
            { _ in }, { $0.maximumBatchCount = 1 }, { $0.maximumBatchCount = 500 }, { $0.maximumBatchSizeInBytes = 1 },
            { $0.maximumBatchSizeInBytes = 10 << 20 }, { $0.maximumConcurrentCalls = 1 },
            { $0.maximumBufferedSizeInBytes = 2 << 20 }, { $0.linger = .zero },
            { $0.recordTimeToLive = .nanoseconds(1) },
        ] as [@Sendable (inout ProducerConfiguration) -> Void]
    ) func aValueAtTheEdgeOfItsRangeIsTaken(
        change: @Sendable (inout ProducerConfiguration) -> Void
    ) throws {
        var configuration = ProducerConfiguration()
        change(&configuration)
        try configuration.validate()
    }
}
