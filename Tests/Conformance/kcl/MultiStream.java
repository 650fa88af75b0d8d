// MultiStream.java APPLICATION WORKER ENDPOINT FAILOVER_MILLIS JOURNAL STREAM_IDENTITY...: a worker of the unmodified Java KCL in its
// multi-stream mode, which the MultiLangDaemon does not offer. Writes what happens to it as JSON lines into JOURNAL, as
// processor.py does, and what is prepared of a checkpoint and not committed when it begins. With PREPARE=STATE in its environment it
// prepares a checkpoint at the first record that it gets, and does nothing more. Run from its source:
// java -cp 'JARS/*' MultiStream.java …
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.KinesisClientUtil;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.lifecycle.events.*;
import software.amazon.kinesis.metrics.MetricsLevel;
import software.amazon.kinesis.processor.*;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

public final class MultiStream {
    public static void main(String[] args) throws Exception {
        String application = args[0], worker = args[1];
        URI endpoint = URI.create(args[2]);
        PrintWriter journal = new PrintWriter(new java.io.FileWriter(args[4], StandardCharsets.UTF_8, true), true);
        KinesisAsyncClient kinesis = KinesisClientUtil.createKinesisAsyncClient(
            KinesisAsyncClient.builder().endpointOverride(endpoint).region(Region.US_EAST_1));
        DynamoDbAsyncClient dynamo = DynamoDbAsyncClient.builder().endpointOverride(endpoint).region(Region.US_EAST_1).build();
        CloudWatchAsyncClient cloudWatch =
            CloudWatchAsyncClient.builder().endpointOverride(endpoint).region(Region.US_EAST_1).build();
        InitialPositionInStreamExtended start =
            InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON);
        List<StreamConfig> streams = Stream.of(args).skip(5)
            .map(identity -> new StreamConfig(StreamIdentifier.multiStreamInstance(identity), start)).collect(Collectors.toList());
        MultiStreamTracker tracker = new MultiStreamTracker() {
            public List<StreamConfig> streamConfigList() { return streams; }

            public FormerStreamsLeasesDeletionStrategy formerStreamsLeasesDeletionStrategy() {
                return new FormerStreamsLeasesDeletionStrategy.NoLeaseDeletionStrategy();
            }
        };
        ShardRecordProcessorFactory factory = new ShardRecordProcessorFactory() {
            public ShardRecordProcessor shardRecordProcessor() { throw new IllegalStateException("no stream"); }

            public ShardRecordProcessor shardRecordProcessor(StreamIdentifier stream) {
                return new Processor(stream.streamName(), journal);
            }
        };
        ConfigsBuilder builder = new ConfigsBuilder(tracker, application, kinesis, dynamo, cloudWatch, worker, factory);
        new Scheduler(
            builder.checkpointConfig(), builder.coordinatorConfig(),
            builder.leaseManagementConfig().failoverTimeMillis(Long.parseLong(args[3])).shardSyncIntervalMillis(1000L),
            builder.lifecycleConfig(), builder.metricsConfig().metricsLevel(MetricsLevel.NONE), builder.processorConfig(),
            builder.retrievalConfig().retrievalSpecificConfig(new PollingConfig(kinesis))).run();
    }

    private static final class Processor implements ShardRecordProcessor {
        private final String stream;
        private final PrintWriter journal;
        private String shard;
        private long checkpointedAt;

        Processor(String stream, PrintWriter journal) {
            this.stream = stream;
            this.journal = journal;
        }

        private void note(String event, String more) {
            journal.println("{\"at\": " + System.currentTimeMillis() / 1000.0 + ", \"stream\": \"" + stream + "\", \"shard\": \"" + shard
                + "\", \"event\": \"" + event + "\"" + more + "}");
        }

        private static String text(String text) { return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\""; }

        private void checkpoint(RecordProcessorCheckpointer checkpointer) {
            try {
                checkpointer.checkpoint();
            } catch (Exception error) {
                note("checkpoint-error", ", \"error\": " + text("" + error));
            }
        }

        public void initialize(InitializationInput input) {
            shard = input.shardId();
            String more = "";
            if (input.pendingCheckpointSequenceNumber() != null) {
                byte[] state = input.pendingCheckpointState();
                more = ", \"pending\": " + text(input.pendingCheckpointSequenceNumber().sequenceNumber())
                    + ", \"state\": " + (state == null ? "null" : text(new String(state, StandardCharsets.UTF_8)));
            }
            note("begin", more);
        }

        public void processRecords(ProcessRecordsInput input) {
            if (System.getenv("PREPARE") != null && !input.records().isEmpty()) {
                prepare(input, System.getenv("PREPARE"));
                return;
            }
            note("records",
                ", \"numbers\": [" + input.records().stream().map(r -> text(r.sequenceNumber())).collect(Collectors.joining(", "))
                + "], \"data\": [" + input.records().stream().map(r -> text(StandardCharsets.UTF_8.decode(r.data()).toString()))
                    .collect(Collectors.joining(", ")) + "]");
            if (System.currentTimeMillis() - checkpointedAt < 1000) return;
            checkpoint(input.checkpointer());
            checkpointedAt = System.currentTimeMillis();
        }

        private void prepare(ProcessRecordsInput input, String state) {
            String number = input.records().get(0).sequenceNumber();
            try {
                input.checkpointer().prepareCheckpoint(number, state.getBytes(StandardCharsets.UTF_8));
                note("prepared", ", \"pending\": " + text(number));
                Thread.sleep(Long.MAX_VALUE);
            } catch (Exception error) {
                note("checkpoint-error", ", \"error\": " + text("" + error));
            }
        }

        public void leaseLost(LeaseLostInput input) { note("lease-lost", ""); }

        public void shardEnded(ShardEndedInput input) {
            note("shard-end", "");
            checkpoint(input.checkpointer());
        }

        public void shutdownRequested(ShutdownRequestedInput input) { checkpoint(input.checkpointer()); }
    }
}
