"""async-kinesis: its producer and consumer; then a consumer that stops half-way and one that goes on from its checkpoints, which
are items of a DynamoDB table."""
import asyncio, os

os.environ["ENDPOINT_URL"] = os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = os.environ["ENDPOINT"]
from kinesis import Consumer, JsonProcessor, Producer
from kinesis.dynamodb import DynamoDBCheckPointer

from common import *


def pair(event):
    return (event.get("tailnum") or "unknown", json.dumps(event, separators=(",", ":")))


async def read(stream, count, **options):
    got = []
    async with Consumer(stream_name=stream, endpoint_url=ENDPOINT, region_name="us-east-1", processor=JsonProcessor(),
                        sleep_time_no_records=0.3, shard_fetch_rate=5, idle_timeout=8, **options) as consumer:
        async for event in consumer:
            got.append(pair(event))
            if len(got) >= count:
                break
    return got


async def main():
    stream, sent = fresh_stream(client(), 2), [pair(json.loads(line)) for _, line in events()]
    async with Producer(stream_name=stream, endpoint_url=ENDPOINT, region_name="us-east-1", processor=JsonProcessor()) as producer:
        for key, line in sent:
            await producer.put(json.loads(line), partition_key=key)
        await producer.flush()
    result = judge(sent, await read(stream, len(sent)))

    table, parts = f"async-{uuid.uuid4().hex[:8]}", []
    for count in (len(sent) // 2, len(sent)):
        checkpoints = DynamoDBCheckPointer(name=table, table_name=table, heartbeat_frequency=1, session_timeout=2)
        parts.append(await read(stream, count, checkpointer=checkpoints, record_limit=50))
        await checkpoints.close()
        # The second consumer takes the shards over when the first one's session is too old.
        await asyncio.sleep(3)
    first, second = parts
    assert {line for _, line in first + second} == {line for _, line in sent}, "lost over the restart"
    assert len(second) < len(sent), "began anew"
    print(f"{result}; {len(first)} + {len(second)} over a restart")
    client().delete_stream(StreamName=stream)


asyncio.run(main())
