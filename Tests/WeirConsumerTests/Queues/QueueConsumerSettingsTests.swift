import NIOCore
import Testing
import WeirModel

@testable import WeirConsumer

@Suite struct QueueConsumerSettingsTests {
    @Test func settingsOutOfRangeAreRefused() throws {
        let changes: [(isGood: Bool, change: (inout QueueConsumer.Configuration) -> Void)] = [
            (false, { $0.queue = "" }), (false, { $0.queue = "arn:aws:kinesis:us-east-1:1:stream/s" }),
            (true, { $0.queue = "orders" }),
            (true, { $0.concurrency = 1 }), (false, { $0.concurrency = 0 }),
            (true, { $0.concurrency = 10_000 }), (false, { $0.concurrency = 10_001 }),
            (true, { $0.prefetch = 10_000 }), (false, { $0.prefetch = -1 }), (false, { $0.prefetch = 10_001 }),
            (true, { $0.longestWait = .seconds(1) }), (false, { $0.longestWait = .milliseconds(999) }),
            (false, { $0.longestWait = .seconds(21) }), (false, { $0.longestWait = .milliseconds(1500) }),
            (true, { $0.visibilityTimeout = .seconds(1) }), (false, { $0.visibilityTimeout = .zero }),
            (true, { $0.visibilityTimeout = .seconds(43_200) }), (false, { $0.visibilityTimeout = .seconds(43_201) }),
            (false, { $0.handlerTimeout = .zero }), (true, { $0.handlerTimeout = .nanoseconds(1) }),
            (true, { $0.acknowledgementDelay = .zero }), (true, { $0.acknowledgementDelay = .seconds(1) }),
            (false, { $0.acknowledgementDelay = .milliseconds(1001) }),
            (true, { $0.backOff.maximumPause = .seconds(43_200) }),
            (false, { $0.backOff.maximumPause = .seconds(43_201) }),
            (false, { $0.backOff.initialPause = .seconds(-1) }),
            (true, { $0.shutdownTimeout = .zero }), (false, { $0.shutdownTimeout = .seconds(-1) }),
        ]
        for (place, (isGood, change)) in changes.enumerated() {
            var configuration = QueueConsumer.Configuration(queue: MemoryQueue.arn)
            change(&configuration)
            if isGood {
                #expect(throws: Never.self, "change \(place)") { try configuration.validate() }
            } else {
                let error = #expect(throws: ServiceError.self, "change \(place)") { try configuration.validate() }
                #expect(error?.code == .configuration)
            }
        }
    }

    @Test func recordsOfProducersThatPackThemAreTakenApart() {
        func record(_ data: ByteBuffer) -> ReceivedRecord {
            ReceivedRecord(
                recordID: "1",
                partitionKey: "key",
                data: data,
                approximateArrival: Timestamp(millisecondsSinceEpoch: 0),
                firstReceived: Timestamp(millisecondsSinceEpoch: 0),
                receiveCount: 1
            )
        }
        let parts = ["a", "b"].map {
            AggregatedRecord.UserRecord(partitionKey: $0, data: ByteBuffer(string: "data \($0)"))
        }
        #expect(record(AggregatedRecord(parts).encoded).userRecords == parts)
        let plain = record(ByteBuffer(string: "plain")).userRecords
        #expect(plain == [AggregatedRecord.UserRecord(partitionKey: "key", data: ByteBuffer(string: "plain"))])
        // What begins as an aggregate and is none is itself.
        var damaged = AggregatedRecord(parts).encoded
        damaged.setInteger(UInt8(0xFF), at: damaged.writerIndex - 1)
        damaged.setInteger(UInt8(0xFE), at: damaged.writerIndex - 2)
        #expect(record(damaged).userRecords.map(\.data) == [damaged])
    }
}
