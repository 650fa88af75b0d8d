// Only in a build with the trait: swift test --traits Tracing --filter TracingTests, with WEIR_TRACING=1.
#if Tracing
    import InMemoryTracing
    import NIOCore
    import Testing
    import Tracing
    import WeirConsumerFixtures
    import WeirLeases
    import WeirModel
    import WeirWire

    @testable import WeirConsumer

    /// The spans of a worker.
    @Suite(.serialized) struct TracingTests {
        private static let tracer: InMemoryTracer = {
            let tracer = InMemoryTracer()
            InstrumentationSystem.bootstrap(tracer)
            return tracer
        }()

        private func spans(_ name: String) -> [FinishedInMemorySpan] {
            Self.tracer.finishedSpans.filter { $0.operationName == name }
        }

        @Test func batchesCheckpointsAndLeasesHaveSpans() async throws {
            _ = Self.tracer
            let harness = WorkerHarness(shards: 1)
            try harness.put(0..<5)
            let worker = harness.worker(
                "a",
                handler: .batches { batch, _ in
                    try withSpan("the handler's own") { _ in
                        for record in batch where String(buffer: record.data) == "3" { throw RecordRejection("three") }
                    }
                    for record in batch { harness.journal.note(record, "a") }
                }
            )
            try await harness.run(worker) {
                try await eventually("the others") { harness.journal.entries.count == 4 }
            }
            let shard = SpanAttribute.string(ShardID(0).description)
            // Five records; 0 and 1; 2, 3 and 4; 2; 3 and 4; 3; 4.
            let processed = spans("process flights")
            #expect(processed.count == 7)
            #expect(processed.allSatisfy { $0.kind == .consumer })
            #expect(processed.allSatisfy { $0.attributes.get("messaging.destination.partition.id") == shard })
            #expect(processed.map { $0.attributes.get("messaging.batch.message_count") }.first == .int64(5))
            let numbers = harness.kinesis.records(WorkerHarness.stream).map(\.sequenceNumber)
            #expect(processed[0].attributes.get("weir.sequence_number.first") == .string(numbers[0]))
            #expect(processed[0].attributes.get("weir.sequence_number.last") == .string(numbers[4]))
            #expect(processed.count { !$0.errors.isEmpty } == 4)
            let own = spans("the handler's own")
            #expect(own.map(\.parentSpanID) == processed.map(\.spanID))
            let take = try #require(spans("take lease of flights").first)
            #expect(take.attributes.get("weir.lease.outcome") == .string("succeeded"))
            #expect(!spans("checkpoint flights").isEmpty)
        }
    }
#endif
