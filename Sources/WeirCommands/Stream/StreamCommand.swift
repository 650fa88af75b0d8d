import ArgumentParser
import WeirClient
import WeirModel
import WeirWire

/// `weir stream`: the life of streams.
struct StreamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Create, list, describe, delete, split, merge and scale streams.",
        subcommands: [
            Create.self, List.self, Describe.self, Delete.self, Split.self, Merge.self, Scale.self,
        ]
    )
}

extension StreamCommand {
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a stream and wait until it is active.")

        @Argument(help: "The name of the stream.") var stream: String
        @Option(help: "How many shards it begins with (default: 1).") var shards: Int?
        @Flag(help: "On demand: the service says how many shards it has. Queues need that.") var onDemand = false
        @OptionGroup var client: ClientOptions

        func validate() throws {
            guard !onDemand || shards == nil else {
                throw ValidationError("--shards and --on-demand exclude each other")
            }
        }

        func run() async throws {
            try await client.withKinesis { kinesis in
                let request =
                    onDemand
                    ? CreateStream.Request(streamName: stream, streamModeDetails: .init(streamMode: "ON_DEMAND"))
                    : CreateStream.Request(streamName: stream, shardCount: shards ?? 1)
                _ = try await kinesis.call(CreateStream.self, request)
                try await StreamReadiness.wait(for: stream, kinesis: kinesis)
                try Console.standard.print(
                    "created \(stream) \(onDemand ? "on demand" : "with \(shards ?? 1) shards")"
                )
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the streams, one a line.")

        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withKinesis { kinesis in
                var last: String?
                while true {
                    let answer = try await kinesis.call(ListStreams.self, .init(exclusiveStartStreamName: last))
                    for name in answer.streamNames { try Console.standard.print(name) }
                    guard answer.hasMoreStreams, let next = answer.streamNames.last else { return }
                    last = next
                }
            }
        }
    }

    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a stream and its shards.")

        @Argument(help: "The name of the stream.") var stream: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withKinesis { kinesis in
                let summary = try await kinesis.call(DescribeStreamSummary.self, .init(streamName: stream))
                    .streamDescriptionSummary
                let shards = try await ShardListing.all(of: stream, kinesis: kinesis)
                try Console.standard.print(
                    "\(summary.streamName)  \(summary.streamStatus)  \(summary.openShardCount) open shards  "
                        + "retention \(summary.retentionPeriodHours) h  \(summary.streamARN)"
                )
                var table = TextTable(["SHARD", "STATE", "PARENTS", "STARTING HASH KEY", "ENDING HASH KEY"])
                for shard in shards {
                    table.add([
                        shard.shardID,
                        shard.sequenceNumberRange.endingSequenceNumber == nil ? "open" : "closed",
                        [shard.parentShardID, shard.adjacentParentShardID].compactMap { $0 }.joined(separator: "+"),
                        shard.hashKeyRange.startingHashKey, shard.hashKeyRange.endingHashKey,
                    ])
                }
                for line in table.lines { try Console.standard.print(line) }
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a stream and its records.")

        @Argument(help: "The name of the stream.") var stream: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withKinesis { kinesis in
                _ = try await kinesis.call(
                    DeleteStream.self,
                    .init(streamName: stream, enforceConsumerDeletion: true)
                )
                try Console.standard.print("deleted \(stream)")
            }
        }
    }

    struct Split: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Split a shard into two.")

        @Argument(help: "The name of the stream.") var stream: String
        @Argument(help: "The shard, for example shardId-000000000000.") var shard: String
        @Option(help: "The first hash key of the second child (default: the middle of the shard's range).")
        var at: String?
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withKinesis { kinesis in
                var key = at
                if key == nil {
                    let shards = try await ShardListing.all(of: stream, kinesis: kinesis)
                    guard let found = shards.first(where: { $0.shardID == shard }) else {
                        throw CommandFailure("\(stream) has no shard \(shard)")
                    }
                    key = ShardListing.middle(of: found.hashKeyRange)
                }
                _ = try await kinesis.call(
                    SplitShard.self,
                    .init(streamName: stream, shardToSplit: shard, newStartingHashKey: key)
                )
                try await StreamReadiness.wait(for: stream, kinesis: kinesis)
                try Console.standard.print("split \(shard) of \(stream)")
            }
        }
    }

    struct Merge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Merge two adjacent shards into one.")

        @Argument(help: "The name of the stream.") var stream: String
        @Argument(help: "The shard.") var shard: String
        @Argument(help: "Its neighbour.") var adjacent: String
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withKinesis { kinesis in
                _ = try await kinesis.call(
                    MergeShards.self,
                    .init(streamName: stream, shardToMerge: shard, adjacentShardToMerge: adjacent)
                )
                try await StreamReadiness.wait(for: stream, kinesis: kinesis)
                try Console.standard.print("merged \(shard) and \(adjacent) of \(stream)")
            }
        }
    }

    struct Scale: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the number of shards, at least to half and at most to double, and wait until it is done."
        )

        @Argument(help: "The name of the stream.") var stream: String
        @Argument(help: "How many open shards it is to have, of equal size.") var shards: Int
        @OptionGroup var client: ClientOptions

        func run() async throws {
            try await client.withKinesis { kinesis in
                let answer = try await kinesis.call(
                    UpdateShardCount.self,
                    .init(streamName: stream, targetShardCount: shards, scalingType: "UNIFORM_SCALING")
                )
                try await StreamReadiness.wait(for: stream, kinesis: kinesis)
                try Console.standard.print("scaled \(stream) from \(answer.currentShardCount ?? 0) to \(shards) shards")
            }
        }
    }
}
