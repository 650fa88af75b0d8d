"""boto3: create, put, read at all five positions, describe, list, retention, delete."""
import datetime
from common import *

k = client()
stream = fresh_stream(k, 3)
sent = events()
first = k.put_record(StreamName=stream, PartitionKey=sent[0][0], Data=sent[0][1].encode())
put_all(k, stream, sent[1:])

shards = k.list_shards(StreamName=stream)["Shards"]
assert [s["ShardId"] for s in shards] == [f"shardId-{n:012d}" for n in range(3)], shards
assert int(shards[0]["HashKeyRange"]["StartingHashKey"]) == 0
assert int(shards[-1]["HashKeyRange"]["EndingHashKey"]) == 2**128 - 1
records = []
for shard in shards:
    found, answer = read_shard(k, stream, shard["ShardId"])
    numbers = [r["SequenceNumber"] for r in found]
    assert numbers == sorted(set(numbers)), "sequence numbers grow"
    assert "ChildShards" not in answer and answer["NextShardIterator"]
    records += [(r["PartitionKey"], r["Data"]) for r in found]
result = judge(sent, records)


def read_one(kind, **extra):
    it = k.get_shard_iterator(StreamName=stream, ShardId=first["ShardId"], ShardIteratorType=kind, **extra)["ShardIterator"]
    assert len(it) <= 512
    return k.get_records(ShardIterator=it, Limit=1)["Records"]


at = read_one("AT_SEQUENCE_NUMBER", StartingSequenceNumber=first["SequenceNumber"])
assert at[0]["Data"].decode() == sent[0][1]
age = datetime.datetime.now(datetime.timezone.utc) - at[0]["ApproximateArrivalTimestamp"]
assert abs(age.total_seconds()) < 60, age
after = read_one("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=first["SequenceNumber"])
assert after[0]["SequenceNumber"] > first["SequenceNumber"]
hour = datetime.timedelta(hours=1)
now = datetime.datetime.now(datetime.timezone.utc)
assert read_one("AT_TIMESTAMP", Timestamp=now - hour)[0]["SequenceNumber"] == first["SequenceNumber"]
assert read_one("AT_TIMESTAMP", Timestamp=at[0]["ApproximateArrivalTimestamp"])[0]["SequenceNumber"] == first["SequenceNumber"]
assert read_one("LATEST") == []

# Chosen hash keys go to the shards at the edges of the key space.
for key, shard in ((0, shards[0]), (2**128 - 1, shards[-1])):
    answer = k.put_records(StreamName=stream, Records=[{"Data": b"edge", "PartitionKey": "any", "ExplicitHashKey": str(key)}])
    assert answer["Records"][0]["ShardId"] == shard["ShardId"]
ordered = k.put_record(StreamName=stream, PartitionKey=sent[0][0], Data=b"later", SequenceNumberForOrdering=first["SequenceNumber"])
assert ordered["SequenceNumber"] > first["SequenceNumber"]

summary = k.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
assert (summary["StreamStatus"], summary["OpenShardCount"], summary["RetentionPeriodHours"]) == ("ACTIVE", 3, 24), summary
assert k.describe_stream_summary(StreamARN=summary["StreamARN"])["StreamDescriptionSummary"]["StreamName"] == stream
page = k.describe_stream(StreamName=stream, Limit=2)["StreamDescription"]
assert len(page["Shards"]) == 2 and page["HasMoreShards"]
rest = k.describe_stream(StreamName=stream, ExclusiveStartShardId=page["Shards"][-1]["ShardId"])["StreamDescription"]
assert len(rest["Shards"]) == 1 and not rest["HasMoreShards"]
# By hand: the paginator of boto3 repeats StreamName beside NextToken, which AWS refuses.
listed, page = [], k.list_shards(StreamName=stream, MaxResults=1)
while True:
    assert len(page["Shards"]) == 1
    listed += page["Shards"]
    if "NextToken" not in page:
        break
    page = k.list_shards(NextToken=page["NextToken"], MaxResults=1)
assert listed == shards, listed
names = [n for p in k.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 1}) for n in p["StreamNames"]]
assert stream in names and names == sorted(names)

k.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=48)
assert k.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["RetentionPeriodHours"] == 48
k.decrease_stream_retention_period(StreamName=stream, RetentionPeriodHours=24)

k.delete_stream(StreamName=stream)
k.get_waiter("stream_not_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
print(result)
