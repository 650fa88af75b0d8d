// The AWS SDK for Java, version 2, in CBOR as it does by default: the synchronous client over HTTP/1.1 puts and polls through a
// split, the asynchronous one over HTTP/2 reads all again, pushed by SubscribeToShard. Needs the jars that the Java KCL brings.
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.*;
import java.time.Instant;
import java.util.*;
import java.util.concurrent.*;
import java.util.regex.*;
import java.util.stream.*;
import software.amazon.awssdk.auth.credentials.*;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.*;
import software.amazon.awssdk.services.kinesis.model.*;
import software.amazon.awssdk.services.kinesis.model.Record;

public class SDKClient {
    record Event(String key, String line) {}

    static List<Event> events(int count) throws Exception {
        var tail = Pattern.compile("\"tailnum\": ?\"([^\"]+)\"");
        try (var lines = Files.lines(Path.of(System.getenv("EVENTS")))) {
            return lines.limit(count).map(line -> {
                var found = tail.matcher(line);
                return new Event(found.find() ? found.group(1) : "unknown", line);
            }).toList();
        }
    }

    static void put(KinesisClient client, String stream, List<Event> batch) {
        var answer = client.putRecords(request -> request.streamName(stream).records(batch.stream().map(event ->
            PutRecordsRequestEntry.builder().partitionKey(event.key).data(SdkBytes.fromUtf8String(event.line)).build()).toList()));
        check(answer.failedRecordCount() == 0 && answer.records().size() == batch.size(), "records failed");
    }

    static List<Record> read(KinesisClient client, String stream, Shard shard) {
        var records = new ArrayList<Record>();
        var next = client.getShardIterator(request -> request.streamName(stream).shardId(shard.shardId())
            .shardIteratorType(ShardIteratorType.TRIM_HORIZON)).shardIterator();
        while (next != null) {
            var iterator = next;
            var answer = client.getRecords(request -> request.shardIterator(iterator).limit(70));
            records.addAll(answer.records());
            check(answer.nextShardIterator() != null || !answer.childShards().isEmpty(), "a shard ended without children");
            if (answer.records().isEmpty() && answer.millisBehindLatest() == 0) break;
            next = answer.nextShardIterator();
        }
        return records;
    }

    static List<Record> subscribe(KinesisAsyncClient client, String consumer, Shard shard, int count) throws Exception {
        var records = Collections.synchronizedList(new ArrayList<Record>());
        var all = new CountDownLatch(count);
        var handler = SubscribeToShardResponseHandler.builder().subscriber(event ->
            event.accept(SubscribeToShardResponseHandler.Visitor.builder().onSubscribeToShardEvent(pushed ->
                pushed.records().forEach(record -> { records.add(record); all.countDown(); })).build())).build();
        var done = client.subscribeToShard(request -> request.consumerARN(consumer).shardId(shard.shardId())
            .startingPosition(position -> position.type(ShardIteratorType.TRIM_HORIZON)), handler);
        check(all.await(60, TimeUnit.SECONDS), "the subscription gave " + records.size() + " of " + count);
        done.cancel(true);
        return records;
    }

    static void judge(List<Event> sent, List<Record> read) {
        var expected = sent.stream().collect(Collectors.groupingBy(Event::key, Collectors.mapping(Event::line, Collectors.toList())));
        var got = read.stream().collect(Collectors.groupingBy(Record::partitionKey,
            Collectors.mapping(record -> record.data().asUtf8String(), Collectors.toList())));
        check(expected.equals(got), sent.size() + " events sent, " + read.size() + " read: they differ");
    }

    static <E extends Exception> void refused(Class<E> type, Runnable call) {
        try {
            call.run();
        } catch (Exception error) {
            check(type.isInstance(error), type + " expected: " + error);
            return;
        }
        check(false, type + " expected");
    }

    static void check(boolean condition, String message) {
        if (!condition) throw new IllegalStateException(message);
    }

    public static void main(String[] arguments) throws Exception {
        var endpoint = URI.create(System.getenv("ENDPOINT"));
        var credentials = StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"));
        try (var client = KinesisClient.builder().endpointOverride(endpoint).region(Region.US_EAST_1)
                 .credentialsProvider(credentials).httpClientBuilder(ApacheHttpClient.builder()).build();
             var pushing = KinesisAsyncClient.builder().endpointOverride(endpoint).region(Region.US_EAST_1)
                 .credentialsProvider(credentials)
                 .httpClientBuilder(NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP2)).build()) {
            var stream = "conformance-java-" + UUID.randomUUID();
            var sent = events(600);
            client.createStream(request -> request.streamName(stream).shardCount(2));
            client.waiter().waitUntilStreamExists(request -> request.streamName(stream));
            refused(ResourceNotFoundException.class, () -> client.describeStreamSummary(request -> request.streamName("nobody")));
            refused(ResourceInUseException.class, () -> client.createStream(request -> request.streamName(stream).shardCount(1)));
            refused(InvalidArgumentException.class, () -> client.getRecords(request -> request.shardIterator("AAAA")));

            put(client, stream, sent.subList(0, 300));
            var first = client.listShards(request -> request.streamName(stream)).shards().get(0);
            var range = first.hashKeyRange();
            var middle = new BigInteger(range.startingHashKey()).add(new BigInteger(range.endingHashKey())).shiftRight(1);
            client.splitShard(request -> request.streamName(stream).shardToSplit(first.shardId()).newStartingHashKey(middle.toString()));
            client.waiter().waitUntilStreamExists(request -> request.streamName(stream));
            put(client, stream, sent.subList(300, 500));
            for (var event : sent.subList(500, 600)) {
                client.putRecord(request -> request.streamName(stream).partitionKey(event.key)
                    .data(SdkBytes.fromUtf8String(event.line)));
            }

            var summary = client.describeStreamSummary(request -> request.streamName(stream)).streamDescriptionSummary();
            check(Math.abs(summary.streamCreationTimestamp().getEpochSecond() - Instant.now().getEpochSecond()) < 600,
                "created at " + summary.streamCreationTimestamp());
            var consumer = client.registerStreamConsumer(request -> request.streamARN(summary.streamARN()).consumerName("java"))
                .consumer().consumerARN();
            var polled = new ArrayList<Record>();
            var pushed = new ArrayList<Record>();
            // The parent comes before its children in the list.
            var shards = client.listShards(request -> request.streamName(stream)).shards();
            for (var shard : shards) {
                var records = read(client, stream, shard);
                polled.addAll(records);
                pushed.addAll(subscribe(pushing, consumer, shard, records.size()));
            }
            judge(sent, polled);
            judge(sent, pushed);
            client.deleteStream(request -> request.streamName(stream).enforceConsumerDeletion(true));
            System.out.println(sent.size() + " records through " + shards.size()
                + " shards, polled and pushed, each once and in order");
        }
    }
}
