"""aiokpl: a producer that packs records as the KPL does, by its own idea of which shard a key belongs to."""
import os

os.environ["AWS_ENDPOINT_URL_KINESIS"] = os.environ["ENDPOINT"]
import anyio
from aiokpl import Config as ProducerConfig, Producer

from common import *


async def write(stream, pairs):
    async with Producer(ProducerConfig(region="us-east-1", aggregation_enabled=True, record_max_buffered_time_ms=100)) as producer:
        outcomes = [await producer.put_record(stream=stream, partition_key=key, data=line.encode()) for key, line in pairs]
        await producer.flush()
        for outcome in outcomes:
            result = await outcome.wait()
            assert result.success, result.attempts


k = client()
stream, sent = fresh_stream(k, 3), events()
anyio.run(write, stream, sent)
records = [r for s in k.list_shards(StreamName=stream)["Shards"] for r in read_shard(k, stream, s["ShardId"])[0]]
packed = sum(r["Data"].startswith(b"\xf3\x89\x9a\xc2") for r in records)
assert packed, "nothing was aggregated"
print(judge(sent, unpack(records)) + f", in {len(records)} records")
k.delete_stream(StreamName=stream)
