"""GetRecords that waits, by boto3, which signs the header that asks for it (docs/LONG-POLL.md)."""
import threading
import time

from common import client

kinesis = client("kinesis")
wait = {"milliseconds": 0}


def ask(request, **_):
    if wait["milliseconds"]:
        request.headers["X-Weir-Wait-Milliseconds"] = str(wait["milliseconds"])


kinesis.meta.events.register("before-sign.kinesis.GetRecords", ask)


def read(iterator, milliseconds):
    """The answer, how long it took, and what the server says of that."""
    wait["milliseconds"] = milliseconds
    began = time.monotonic()
    answer = kinesis.get_records(ShardIterator=iterator)
    waited = answer["ResponseMetadata"]["HTTPHeaders"].get("x-weir-waited-milliseconds")
    return answer, time.monotonic() - began, None if waited is None else int(waited)


def put_later(data, seconds):
    threading.Timer(seconds, lambda: kinesis.put_record(StreamName="polled", Data=data, PartitionKey="k")).start()


kinesis.create_stream(StreamName="polled", ShardCount=1)
kinesis.get_waiter("stream_exists").wait(StreamName="polled", WaiterConfig={"Delay": 1})
shard = kinesis.list_shards(StreamName="polled")["Shards"][0]["ShardId"]
iterator = kinesis.get_shard_iterator(StreamName="polled", ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]

answer, took, waited = read(iterator, 0)
assert answer["Records"] == [] and waited is None, (answer, waited)
answer, took, waited = read(iterator, 300)
assert answer["Records"] == [] and took >= 0.3 and 300 <= waited <= took * 1000 + 1, (answer, took, waited)

put_later(b"a", 0.3)
answer, took, waited = read(iterator, 20_000)
assert [record["Data"] for record in answer["Records"]] == [b"a"], answer
assert 100 <= waited <= took * 1000 + 1 and took < 15, (took, waited)
answer, took, waited = read(iterator, 20_000)
assert [record["Data"] for record in answer["Records"]] == [b"a"] and waited <= 1000 and took < 15, (answer, took, waited)

iterator = answer["NextShardIterator"]
threading.Timer(
    0.3, lambda: kinesis.split_shard(StreamName="polled", ShardToSplit=shard, NewStartingHashKey=str(2**127))
).start()
answer, took, waited = read(iterator, 20_000)
assert "NextShardIterator" not in answer and len(answer["ChildShards"]) == 2 and took < 15, (answer, took)

kinesis.delete_stream(StreamName="polled")
print("asked for, bounded, ended by a record and by a split")
