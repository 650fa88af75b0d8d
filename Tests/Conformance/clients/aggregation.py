"""aws-kinesis-agg packs events into records of the KPL's format with explicit hash keys, and takes apart what was read."""
import hashlib

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
print(judge(sent, unpack(records)) + f", in {len(packed)} records")
k.delete_stream(StreamName=stream)
