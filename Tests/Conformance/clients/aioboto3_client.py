"""aioboto3: eight writers at once, each with its own keys; every event is put by a request of its own."""
import asyncio, zlib

import aioboto3

from common import *


async def shard(k, stream, shard_id):
    iterator = (await k.get_shard_iterator(StreamName=stream, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"))["ShardIterator"]
    records = []
    while True:
        answer = await k.get_records(ShardIterator=iterator, Limit=100)
        records += [(r["PartitionKey"], r["Data"]) for r in answer["Records"]]
        iterator = answer["NextShardIterator"]
        if not answer["Records"] and answer["MillisBehindLatest"] == 0:
            return records


async def main():
    stream, sent = fresh_stream(client(), 2), events()
    async with aioboto3.Session().client("kinesis", endpoint_url=ENDPOINT) as k:
        async def write(part):
            for key, line in sent:
                if zlib.crc32(key.encode()) % 8 == part:
                    await k.put_record(StreamName=stream, PartitionKey=key, Data=line.encode())
        await asyncio.gather(*map(write, range(8)))
        ids = [s["ShardId"] for s in (await k.list_shards(StreamName=stream))["Shards"]]
        print(judge(sent, sum(await asyncio.gather(*(shard(k, stream, id) for id in ids)), [])))
        await k.delete_stream(StreamName=stream)


asyncio.run(main())
