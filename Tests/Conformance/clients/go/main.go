// The AWS SDK for Go, version 2: puts in batches and one by one, reads through a split by iterators, then all again pushed by
// SubscribeToShard, and meets the errors that the SDK has types for.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"math/big"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

type event struct{ key, line string }

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// events are the first lines of the file of flights, with their partition keys.
func events(count int) []event {
	file, err := os.Open(os.Getenv("EVENTS"))
	check(err)
	defer file.Close()
	var result []event
	lines := bufio.NewScanner(file)
	for len(result) < count && lines.Scan() {
		var flight struct {
			Tailnum *string `json:"tailnum"`
		}
		check(json.Unmarshal(lines.Bytes(), &flight))
		key := "unknown"
		if flight.Tailnum != nil && *flight.Tailnum != "" {
			key = *flight.Tailnum
		}
		result = append(result, event{key, lines.Text()})
	}
	check(lines.Err())
	return result
}

func put(ctx context.Context, client *kinesis.Client, stream string, batch []event) {
	input := &kinesis.PutRecordsInput{StreamName: &stream}
	for _, e := range batch {
		input.Records = append(input.Records, types.PutRecordsRequestEntry{PartitionKey: aws.String(e.key), Data: []byte(e.line)})
	}
	answer, err := client.PutRecords(ctx, input)
	check(err)
	if *answer.FailedRecordCount != 0 || len(answer.Records) != len(batch) {
		log.Fatalf("%d records failed", *answer.FailedRecordCount)
	}
}

func read(ctx context.Context, client *kinesis.Client, stream string, shard types.Shard) []types.Record {
	iterator, err := client.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{
		StreamName: &stream, ShardId: shard.ShardId, ShardIteratorType: types.ShardIteratorTypeTrimHorizon})
	check(err)
	var result []types.Record
	for next := iterator.ShardIterator; next != nil; {
		answer, err := client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: next, Limit: aws.Int32(70)})
		check(err)
		result = append(result, answer.Records...)
		if answer.NextShardIterator == nil && len(answer.ChildShards) == 0 {
			log.Fatal("a shard ended without children")
		}
		if len(answer.Records) == 0 && *answer.MillisBehindLatest == 0 {
			break
		}
		next = answer.NextShardIterator
	}
	return result
}

// subscribe reads a shard by a subscription, to its end or until it has the number of records that are there.
func subscribe(ctx context.Context, client *kinesis.Client, consumer *string, shard types.Shard, count int) []types.Record {
	answer, err := client.SubscribeToShard(ctx, &kinesis.SubscribeToShardInput{
		ConsumerARN: consumer, ShardId: shard.ShardId,
		StartingPosition: &types.StartingPosition{Type: types.ShardIteratorTypeTrimHorizon}})
	check(err)
	stream := answer.GetStream()
	defer stream.Close()
	var result []types.Record
	for len(result) < count {
		pushed, ok := <-stream.Events()
		if !ok {
			check(stream.Err())
			break
		}
		if pushed, ok := pushed.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent); ok {
			result = append(result, pushed.Value.Records...)
		}
	}
	return result
}

// judge asks for every event once, and for those of a key in the order they were put.
func judge(sent []event, read []types.Record) {
	expected, got := map[string][]string{}, map[string][]string{}
	for _, e := range sent {
		expected[e.key] = append(expected[e.key], e.line)
	}
	for _, r := range read {
		got[*r.PartitionKey] = append(got[*r.PartitionKey], string(r.Data))
	}
	if fmt.Sprint(expected) != fmt.Sprint(got) {
		log.Fatalf("%d events sent, %d read: they differ", len(sent), len(read))
	}
}

func shards(ctx context.Context, client *kinesis.Client, stream string) []types.Shard {
	answer, err := client.ListShards(ctx, &kinesis.ListShardsInput{StreamName: &stream})
	check(err)
	return answer.Shards
}

func refusals(ctx context.Context, client *kinesis.Client, stream string) {
	var missing *types.ResourceNotFoundException
	if _, err := client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: aws.String("nobody")}); !errors.As(err, &missing) {
		log.Fatalf("ResourceNotFoundException expected: %v", err)
	}
	var inUse *types.ResourceInUseException
	if _, err := client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: &stream, ShardCount: aws.Int32(1)}); !errors.As(err, &inUse) {
		log.Fatalf("ResourceInUseException expected: %v", err)
	}
	var invalid *types.InvalidArgumentException
	if _, err := client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: aws.String("AAAA")}); !errors.As(err, &invalid) {
		log.Fatalf("InvalidArgumentException expected: %v", err)
	}
}

func main() {
	log.SetFlags(0)
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	client := kinesis.New(kinesis.Options{
		Region:           "us-east-1",
		Credentials:      credentials.NewStaticCredentialsProvider("test", "test", ""),
		EndpointResolver: kinesis.EndpointResolverFromURL(os.Getenv("ENDPOINT")),
	})
	stream, sent := fmt.Sprintf("conformance-go-%d", time.Now().UnixNano()), events(600)
	_, err := client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: &stream, ShardCount: aws.Int32(2)})
	check(err)
	check(kinesis.NewStreamExistsWaiter(client).Wait(ctx, &kinesis.DescribeStreamInput{StreamName: &stream}, time.Minute))
	refusals(ctx, client, stream)

	put(ctx, client, stream, sent[:300])
	first := shards(ctx, client, stream)[0]
	low, _ := new(big.Int).SetString(*first.HashKeyRange.StartingHashKey, 10)
	high, _ := new(big.Int).SetString(*first.HashKeyRange.EndingHashKey, 10)
	middle := new(big.Int).Rsh(new(big.Int).Add(low, high), 1).String()
	_, err = client.SplitShard(ctx, &kinesis.SplitShardInput{StreamName: &stream, ShardToSplit: first.ShardId, NewStartingHashKey: &middle})
	check(err)
	check(kinesis.NewStreamExistsWaiter(client).Wait(ctx, &kinesis.DescribeStreamInput{StreamName: &stream}, time.Minute))
	put(ctx, client, stream, sent[300:500])
	for _, e := range sent[500:] {
		_, err := client.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: &stream, PartitionKey: aws.String(e.key), Data: []byte(e.line)})
		check(err)
	}

	summary, err := client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: &stream})
	check(err)
	consumer, err := client.RegisterStreamConsumer(ctx, &kinesis.RegisterStreamConsumerInput{
		StreamARN: summary.StreamDescriptionSummary.StreamARN, ConsumerName: aws.String("go")})
	check(err)
	// The parent comes before its children in the list.
	var polled, pushed []types.Record
	all := shards(ctx, client, stream)
	for _, shard := range all {
		records := read(ctx, client, stream, shard)
		polled = append(polled, records...)
		pushed = append(pushed, subscribe(ctx, client, consumer.Consumer.ConsumerARN, shard, len(records))...)
	}
	judge(sent, polled)
	judge(sent, pushed)
	_, err = client.DeleteStream(ctx, &kinesis.DeleteStreamInput{StreamName: &stream, EnforceConsumerDeletion: aws.Bool(true)})
	check(err)
	fmt.Printf("%d records through %d shards, polled and pushed, each once and in order\n", len(sent), len(all))
}
