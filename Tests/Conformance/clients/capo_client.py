"""capo-kinesis: made from the Smithy models, with an HTTP stack of its own; nothing of botocore."""
import asyncio

from capo_kinesis import AsyncKinesisClient

from common import *


async def main():
    stream, sent, read = f"capo-{uuid.uuid4().hex[:8]}", events(), []
    async with AsyncKinesisClient(region="us-east-1", endpoint=ENDPOINT) as k:
        await k.create_stream(stream_name=stream, shard_count=2)
        answer = await k.put_records(stream_name=stream,
                                     records=[{"partition_key": key, "data": line.encode()} for key, line in sent])
        assert answer.get("failed_record_count", 0) == 0
        for shard in (await k.list_shards(stream_name=stream))["shards"]:
            iterator = (await k.get_shard_iterator(stream_name=stream, shard_id=shard["shard_id"],
                                                   shard_iterator_type="TRIM_HORIZON"))["shard_iterator"]
            records = True
            while records:
                answer = await k.get_records(shard_iterator=iterator, limit=100)
                records, iterator = answer["records"], answer["next_shard_iterator"]
                read += [(record["partition_key"], record["data"]) for record in records]
    print(judge(sent, read))
    client().delete_stream(StreamName=stream)


asyncio.run(main())
