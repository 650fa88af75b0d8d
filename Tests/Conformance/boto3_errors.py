"""boto3: bad input gets AWS's own error codes, and nothing else suffers."""
from botocore.exceptions import ClientError
import botocore.session
from common import *

loose = boto3.client("kinesis", endpoint_url=ENDPOINT, config=CONFIG.merge(Config(parameter_validation=False)))
k = client()
stream = fresh_stream(k, 1)
good = k.put_record(StreamName=stream, PartitionKey="a", Data=b"x")
count = 0


def refused(code, call, **arguments):
    global count
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, (arguments.keys(), error)
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert error.response["ResponseMetadata"]["RequestId"]
        count += 1
        return
    raise AssertionError(f"accepted: {call.__name__} {str(arguments)[:200]}")


it = dict(StreamName=stream, ShardId="shardId-000000000000")
mib = 1 << 20
refused("ResourceNotFoundException", k.put_record, StreamName="absent", PartitionKey="a", Data=b"x")
refused("ResourceNotFoundException", k.describe_stream, StreamName="absent")
refused("ResourceNotFoundException", k.delete_stream, StreamName="absent")
refused("ResourceNotFoundException", k.get_shard_iterator, StreamName=stream, ShardId="shardId-000000000099", ShardIteratorType="LATEST")
refused("ResourceInUseException", k.create_stream, StreamName=stream, ShardCount=1)
refused("ValidationException", loose.create_stream, StreamName="not allowed!", ShardCount=1)
refused("ValidationException", loose.create_stream, StreamName="s" * 129, ShardCount=1)
refused("ValidationException", loose.create_stream, StreamName="zero", ShardCount=0)
refused("SerializationException", loose.create_stream, StreamName="text", ShardCount="four")
refused("ValidationException", loose.put_record, StreamName=stream, PartitionKey="", Data=b"x")
refused("ValidationException", loose.put_record, StreamName=stream, PartitionKey="k" * 257, Data=b"x")
refused("ValidationException", loose.put_record, StreamName=stream, PartitionKey="k", Data=b"x" * (mib + 1))
refused("ValidationException", loose.put_records, StreamName=stream, Records=[])
refused("ValidationException", loose.put_records, StreamName=stream, Records=[{"PartitionKey": "k", "Data": b"x"}] * 501)
refused("InvalidArgumentException", k.put_record, StreamName=stream, PartitionKey="k", Data=b"x", ExplicitHashKey=str(2**128))
refused("ValidationException", loose.get_shard_iterator, **it, ShardIteratorType="SOMEWHERE")
refused("InvalidArgumentException", k.get_shard_iterator, **it, ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber="12345")
refused("InvalidArgumentException", k.get_records, ShardIterator="AAAAAAAAAAGarbage")
genuine = k.get_shard_iterator(**it, ShardIteratorType="LATEST")["ShardIterator"]
middle = len(genuine) // 2
tampered = genuine[:middle] + ("A" if genuine[middle] != "A" else "B") + genuine[middle + 1:]
refused("InvalidArgumentException", k.get_records, ShardIterator=tampered)
refused("ValidationException", loose.get_records, ShardIterator=genuine, Limit=10001)
refused("InvalidArgumentException", k.split_shard, StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey="0")
refused("ResourceNotFoundException", k.merge_shards, StreamName=stream, ShardToMerge="shardId-000000000000", AdjacentShardToMerge="shardId-000000000001")
refused("InvalidArgumentException", k.decrease_stream_retention_period, StreamName=stream, RetentionPeriodHours=23)

# The largest that is allowed.
k.put_record(StreamName=stream, PartitionKey="k" * 256, Data=b"x" * (mib - 256))
k.put_records(StreamName=stream, Records=[{"PartitionKey": "k", "Data": b"x"}] * 500)
found, _ = read_shard(k, stream, "shardId-000000000000")
assert len(found) == 502 and found[0]["SequenceNumber"] == good["SequenceNumber"]
k.delete_stream(StreamName=stream)
print(f"{count} refusals with AWS's codes; the largest legal requests passed")
