"""What the boto3 clients share: where the server is or how one is started, what is sent, how the result is judged."""
import json, os, re, signal, subprocess, time, uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ.get("ENDPOINT", "")
EVENTS = os.environ["EVENTS"]
CONFIG = Config(retries={"max_attempts": 1}, read_timeout=20)


def client(service="kinesis"):
    return boto3.client(service, endpoint_url=ENDPOINT, config=CONFIG)


def start_server(folder, *options):
    """A server of its own, the program WEIR, on the data in a folder: (process, endpoint)."""
    process = subprocess.Popen([os.environ["WEIR"], "serve", "--data", f"{folder}/data", "--port", "0", *options],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if found := re.search(r"http://[0-9.:]+", line):
            return process, found[0]
    raise AssertionError(f"weir serve ended with status {process.wait()}")


def stop_server(process, number=signal.SIGTERM):
    """Ends a server, and waits for it. Asked to, it ends cleanly."""
    process.send_signal(number)
    status = process.wait(timeout=30)
    assert number == signal.SIGKILL or status == 0, f"the server did not end cleanly: {status}"


def refusal(call, *arguments, **members):
    """The code and the message with which a call is refused."""
    try:
        call(*arguments, **members)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"the call was not refused: {arguments} {members}")


def until(what, condition, seconds=60):
    """Waits for a condition, and tells how long it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() < started + seconds, what
        time.sleep(0.02)
    return time.monotonic() - started


def events(count=400):
    """[(partition key, line)] of the first `count` flight events."""
    with open(EVENTS, encoding="utf-8") as file:
        lines = [line.rstrip("\n") for line in file][:count]
    return [(json.loads(line).get("tailnum") or "unknown", line) for line in lines]


def fresh_stream(kinesis, shards):
    name = f"conformance-{uuid.uuid4().hex[:12]}"
    kinesis.create_stream(StreamName=name, ShardCount=shards)
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    return name


def put_all(kinesis, stream, pairs):
    for start in range(0, len(pairs), 500):
        batch = [{"PartitionKey": key, "Data": line.encode()} for key, line in pairs[start:start + 500]]
        answer = kinesis.put_records(StreamName=stream, Records=batch)
        assert answer["FailedRecordCount"] == 0, answer
        assert len(answer["Records"]) == len(batch)


def read_shard(kinesis, stream, shard, deadline=30):
    """All records of a shard up to its tip or its end, and the last answer."""
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records, until = [], time.monotonic() + deadline
    while time.monotonic() < until:
        answer = kinesis.get_records(ShardIterator=iterator, Limit=70)
        records += answer["Records"]
        iterator = answer.get("NextShardIterator")
        if iterator is None or (answer["MillisBehindLatest"] == 0 and not answer["Records"]):
            return records, answer
    raise AssertionError(f"{shard} did not come to its tip")


def unpack(records):
    """[(key, data bytes)] of what records of the KPL's format hold, by AWS's own deaggregator."""
    import base64
    from aws_kinesis_agg.deaggregator import iter_deaggregate_records
    outer = [{"kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": r["PartitionKey"], "sequenceNumber": r["SequenceNumber"],
                          "data": base64.b64encode(r["Data"]).decode(), "approximateArrivalTimestamp": 0}} for r in records]
    return [(r["kinesis"]["partitionKey"], base64.b64decode(r["kinesis"]["data"])) for r in iter_deaggregate_records(outer)]


def judge(sent, read):
    """Every event once, and those of a key in the order they were sent. `read`: [(key, data bytes)]."""
    def by_key(pairs):
        keys = {}
        for key, data in pairs:
            keys.setdefault(key, []).append(data if isinstance(data, str) else data.decode())
        return keys
    expected, got = by_key(sent), by_key(read)
    assert got == expected, f"{sum(expected[k] != got.get(k) for k in expected)} keys differ, {len(sent)} sent, {len(read)} read"
    return f"{len(sent)} records, {len(expected)} keys, each once and in order"
