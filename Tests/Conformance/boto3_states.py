"""boto3 against `weir serve --transition-time`: streams and consumers stay in their states, and each call answers as AWS does
meanwhile. WEIR: the program."""
import tempfile

from common import *

MILLISECONDS = 1500


def code(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


with tempfile.TemporaryDirectory() as folder:
    server, endpoint = start_server(folder, "--transition-time", str(MILLISECONDS))
    try:
        k = boto3.client("kinesis", endpoint_url=endpoint, config=CONFIG)
        status = lambda: k.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamStatus"]
        put = dict(StreamName="s", PartitionKey="k", Data=b"x")

        k.create_stream(StreamName="s", ShardCount=2)
        assert status() == "CREATING"
        assert k.describe_stream(StreamName="s")["StreamDescription"]["Shards"] == []
        assert code(k.put_record, **put) == "ResourceNotFoundException"
        assert code(k.list_shards, StreamName="s") == "ResourceInUseException"
        assert code(k.create_stream, StreamName="s", ShardCount=1) == "ResourceInUseException"
        assert code(k.delete_stream, StreamName="s") == "ResourceInUseException"
        took = until("ACTIVE", lambda: status() == "ACTIVE")
        assert took > MILLISECONDS / 1000 - 0.5, took
        k.put_record(**put)

        k.update_shard_count(StreamName="s", TargetShardCount=4, ScalingType="UNIFORM_SCALING")
        assert status() == "UPDATING"
        assert code(k.split_shard, StreamName="s", ShardToSplit="shardId-000000000002", NewStartingHashKey="9") \
            == "ResourceInUseException"
        assert k.put_record(**put)["ShardId"] > "shardId-000000000001"
        read, _ = read_shard(k, "s", "shardId-000000000000")
        other, _ = read_shard(k, "s", "shardId-000000000001")
        assert len(read + other) == 1
        until("ACTIVE", lambda: status() == "ACTIVE")

        stream = k.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
        consumer = k.register_stream_consumer(StreamARN=stream, ConsumerName="c")["Consumer"]
        assert consumer["ConsumerStatus"] == "CREATING"
        state = lambda: k.describe_stream_consumer(ConsumerARN=consumer["ConsumerARN"])["ConsumerDescription"]["ConsumerStatus"]
        assert state() == "CREATING"
        assert code(k.subscribe_to_shard, ConsumerARN=consumer["ConsumerARN"], ShardId="shardId-000000000002",
                    StartingPosition={"Type": "LATEST"}) == "ResourceInUseException"
        until("the consumer is ACTIVE", lambda: state() == "ACTIVE")
        k.deregister_stream_consumer(ConsumerARN=consumer["ConsumerARN"])
        assert state() == "DELETING"
        until("the consumer is gone",
              lambda: code(k.describe_stream_consumer, ConsumerARN=consumer["ConsumerARN"]) == "ResourceNotFoundException")

        k.delete_stream(StreamName="s")
        assert status() == "DELETING" and k.list_streams()["StreamNames"] == ["s"]
        assert code(k.put_record, **put) == "ResourceNotFoundException"
        until("the stream is gone", lambda: code(k.describe_stream, StreamName="s") == "ResourceNotFoundException")
        assert k.list_streams()["StreamNames"] == []
    finally:
        stop_server(server)
print("CREATING, UPDATING, DELETING, and those of consumers, each for as long as it was told")
