"""aws-kinesis-agg packs events into records of the KPL's format with explicit hash keys, and takes apart what was read. So do
`weir tail` and a worker, `weir consume`."""
import hashlib, os, subprocess

from aws_kinesis_agg.aggregator import RecordAggregator

from common import *

k = client()
stream, sent = fresh_stream(k, 1), events()
packer, packed = RecordAggregator(20_000), []
for key, line in sent:
    hash_key = str(int.from_bytes(hashlib.md5(key.encode()).digest(), "big"))
    packed.append(packer.add_user_record(key, line.encode(), hash_key))
packed = [record for record in packed + [packer.clear_and_get()] if record]
for record in packed:
    key, hash_key, data = record.get_contents()
    k.put_record(StreamName=stream, PartitionKey=key, Data=data, ExplicitHashKey=hash_key)
records, _ = read_shard(k, stream, "shardId-000000000000")
assert len(records) == len(packed) < len(sent)
verdict = judge(sent, unpack(records)) + f", in {len(packed)} records"


def weir(*arguments):
    """[(key, data bytes)] of what the program prints of the stream from its beginning."""
    lines = subprocess.run(
        [os.environ["WEIR"], *arguments, "--from", "trim-horizon", "--format", "json", "--endpoint", ENDPOINT],
        check=True, stdout=subprocess.PIPE, timeout=120).stdout.decode().splitlines()
    return [(line["PartitionKey"], line["Data"].encode()) for line in map(json.loads, lines)]


judge(sent, weir("tail", stream, "--no-follow"))
judge(sent, weir("consume", stream, "--application", stream, "--until-idle", "1"))
print(verdict)
k.delete_stream(StreamName=stream)
