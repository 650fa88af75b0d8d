"""boto3: records keep their order per key through a split and a merge, and closed shards name their children."""
from common import *

k = client()
stream = fresh_stream(k, 2)
sent = events(900)
third = len(sent) // 3


def active():
    k.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    return {s["ShardId"]: s for s in k.list_shards(StreamName=stream)["Shards"]}


put_all(k, stream, sent[:third])
parent = active()["shardId-000000000000"]
low, high = (int(parent["HashKeyRange"][edge]) for edge in ("StartingHashKey", "EndingHashKey"))
k.split_shard(StreamName=stream, ShardToSplit=parent["ShardId"], NewStartingHashKey=str((low + high) // 2 + 1))
shards = active()
children = [s for s in shards.values() if s.get("ParentShardId") == parent["ShardId"]]
assert len(children) == 2 and len(shards) == 4
assert int(children[0]["HashKeyRange"]["StartingHashKey"]) == low and int(children[1]["HashKeyRange"]["EndingHashKey"]) == high
assert int(children[0]["HashKeyRange"]["EndingHashKey"]) + 1 == int(children[1]["HashKeyRange"]["StartingHashKey"])
assert "EndingSequenceNumber" in shards[parent["ShardId"]]["SequenceNumberRange"]

put_all(k, stream, sent[third:2 * third])
k.merge_shards(StreamName=stream, ShardToMerge=children[1]["ShardId"], AdjacentShardToMerge="shardId-000000000001")
shards = active()
merged = shards["shardId-000000000004"]
assert {merged["ParentShardId"], merged["AdjacentParentShardId"]} == {children[1]["ShardId"], "shardId-000000000001"}, merged
put_all(k, stream, sent[2 * third:])

assert k.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["OpenShardCount"] == 2
latest = k.list_shards(StreamName=stream, ShardFilter={"Type": "AT_LATEST"})["Shards"]
assert {s["ShardId"] for s in latest} == {children[0]["ShardId"], merged["ShardId"]}

# Parents before children, in order of shard ID: order per key must be that of the puts.
records = []
for shard in sorted(shards):
    found, answer = read_shard(k, stream, shard)
    is_closed = "EndingSequenceNumber" in shards[shard]["SequenceNumberRange"]
    assert ("NextShardIterator" not in answer) == is_closed, (shard, answer)
    named = {c["ShardId"]: sorted(c["ParentShards"]) for c in answer.get("ChildShards", [])}
    expected = {s["ShardId"]: sorted(p for p in (s.get("ParentShardId"), s.get("AdjacentParentShardId")) if p)
                for s in shards.values() if shard in (s.get("ParentShardId"), s.get("AdjacentParentShardId"))}
    assert named == expected, (shard, named, expected)
    if found and is_closed:
        assert found[-1]["SequenceNumber"] <= shards[shard]["SequenceNumberRange"]["EndingSequenceNumber"]
    records += [(r["PartitionKey"], r["Data"]) for r in found]
result = judge(sent, records)
k.delete_stream(StreamName=stream)
print(result)
