"""boto3: UpdateShardCount keeps every record, and the order of each key, through shards that are closed as soon as they are
there; its limits are those of AWS; a stream on demand follows its warm throughput."""
from botocore.exceptions import ClientError

from common import *

k = client()
stream = fresh_stream(k, 3)
sent = events(1600)
part = len(sent) // 4


def refused(call, code, text, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert text in error.response["Error"]["Message"], error
    else:
        raise AssertionError(f"{arguments} was not refused")


def scale(target):
    answer = k.update_shard_count(StreamName=stream, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
    assert answer["StreamName"] == stream and answer["TargetShardCount"] == target, answer
    k.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    open_shards = k.list_shards(StreamName=stream, ShardFilter={"Type": "AT_LATEST"})["Shards"]
    edges = sorted((int(s["HashKeyRange"]["StartingHashKey"]), int(s["HashKeyRange"]["EndingHashKey"])) for s in open_shards)
    assert len(edges) == target and edges[0][0] == 0 and edges[-1][1] == 2 ** 128 - 1, edges
    for (low, high), (after, _) in zip(edges, edges[1:]):
        assert high + 1 == after, edges
    for low, high in edges:
        assert abs((high - low + 1) - 2 ** 128 // target) < 2 ** 34, edges
    return answer["CurrentShardCount"]


for start, (before, target) in enumerate([(3, 5), (5, 4), (4, 8)]):
    put_all(k, stream, sent[start * part:(start + 1) * part])
    assert scale(target) == before
put_all(k, stream, sent[3 * part:])

refused(k.update_shard_count, "LimitExceededException",
        "UpdateShardCount cannot scale up over double your current open shard count.",
        StreamName=stream, TargetShardCount=17, ScalingType="UNIFORM_SCALING")
refused(k.update_shard_count, "LimitExceededException",
        "UpdateShardCount cannot scale down below half your current open shard count.",
        StreamName=stream, TargetShardCount=3, ScalingType="UNIFORM_SCALING")

# From the first shards, by what each closed shard says of its children; a child waits for both parents.
shards = {s["ShardId"]: s for s in k.list_shards(StreamName=stream)["Shards"]}
short_lived = [s for s in shards.values() if s.get("ParentShardId") and "EndingSequenceNumber" in s["SequenceNumberRange"]]
waiting, ended, records = {s: [] for s in ("shardId-000000000000", "shardId-000000000001", "shardId-000000000002")}, set(), []
while waiting:
    shard = next(s for s, parents in waiting.items() if set(parents) <= ended)
    waiting.pop(shard)
    found, answer = read_shard(k, stream, shard)
    records += [(r["PartitionKey"], r["Data"]) for r in found]
    assert ("NextShardIterator" not in answer) == ("EndingSequenceNumber" in shards[shard]["SequenceNumberRange"]), shard
    if "NextShardIterator" not in answer:
        ended.add(shard)
        assert 1 <= len(answer["ChildShards"]) <= 2, answer
        waiting.update({c["ShardId"]: c["ParentShards"] for c in answer["ChildShards"]})
result = judge(sent, records)
k.delete_stream(StreamName=stream)

# On demand: the shards are the server's affair, and follow what is to be kept ready.
k.update_account_settings(MinimumThroughputBillingCommitment={"Status": "ENABLED"})
stream = f"conformance-{uuid.uuid4().hex[:12]}"
k.create_stream(StreamName=stream, StreamModeDetails={"StreamMode": "ON_DEMAND"}, WarmThroughputMiBps=6)
k.get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
count = lambda: k.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["OpenShardCount"]
assert count() == 6
refused(k.update_shard_count, "ValidationException", "provisioned capacity mode",
        StreamName=stream, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
# It becomes smaller only when its load is known for a day.
for throughput, expected in ((20, 20), (9, 20), (24, 24)):
    answer = k.update_stream_warm_throughput(StreamName=stream, WarmThroughputMiBps=throughput)["WarmThroughput"]
    assert answer == {"TargetMiBps": throughput, "CurrentMiBps": expected}, answer
    assert count() == expected
k.delete_stream(StreamName=stream)
print(f"{result}, through {len(short_lived)} short-lived shards")
