"""boto3: a registered consumer gets its records pushed, through a split, and learns the children at the end of the parent."""
from common import *

k = client()
stream = fresh_stream(k, 1)
arn = k.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
consumer = k.register_stream_consumer(StreamARN=arn, ConsumerName="reader")["Consumer"]["ConsumerARN"]
while k.describe_stream_consumer(ConsumerARN=consumer)["ConsumerDescription"]["ConsumerStatus"] != "ACTIVE":
    time.sleep(0.1)
assert k.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["ConsumerCount"] == 1
sent = events(600)


def subscribe(shard, kind="TRIM_HORIZON"):
    return k.subscribe_to_shard(ConsumerARN=consumer, ShardId=shard, StartingPosition={"Type": kind})["EventStream"]


def drain(subscription):
    """All records up to the shard's end, and its children."""
    records = []
    for event in subscription:
        event = event["SubscribeToShardEvent"]
        records += [(r["PartitionKey"], r["Data"]) for r in event["Records"]]
        if "ContinuationSequenceNumber" not in event or event.get("ChildShards"):
            return records, event["ChildShards"]
    raise AssertionError("the subscription ended before the shard")


subscription = subscribe("shardId-000000000000", "LATEST")
put_all(k, stream, sent[:300])
try:
    subscribe("shardId-000000000000")
    raise AssertionError("a second subscription was taken at once")
except k.exceptions.ResourceInUseException:
    pass
k.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(1 << 127))
records, children = drain(subscription)
assert [c["ParentShards"] for c in children] == [["shardId-000000000000"]] * 2, children
put_all(k, stream, sent[300:])
# Closed by a merge, so that each subscription to a child comes to its end as well.
k.merge_shards(StreamName=stream, ShardToMerge=children[0]["ShardId"], AdjacentShardToMerge=children[1]["ShardId"])
for child in children:
    more, merged = drain(subscribe(child["ShardId"]))
    records += more
    assert sorted(merged[0]["ParentShards"]) == sorted(c["ShardId"] for c in children), merged
result = judge(sent, records)
k.deregister_stream_consumer(ConsumerARN=consumer)
k.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)
print(result)
