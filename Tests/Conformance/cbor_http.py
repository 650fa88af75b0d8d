"""cbor2 over plain HTTP: the Kinesis actions in application/x-amz-cbor-1.1, as the AWS SDK for Java sends them."""
import http.client, time, urllib.parse, uuid

import cbor2
from common import ENDPOINT, client, events, judge

TYPE = "application/x-amz-cbor-1.1"
connection = http.client.HTTPConnection(urllib.parse.urlparse(ENDPOINT).netloc, timeout=20)
# Jackson, which the SDK uses, writes maps and lists without their lengths; most other libraries with them.
indefinite = True


def send(target, body, content_type=TYPE):
    headers = {"Content-Type": content_type, "X-Amz-Target": target}
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    return answer, answer.read()


def parse(body):
    # By the RFC tag 1 has seconds; here it has milliseconds, so the tag itself is asked for.
    return cbor2.loads(body, semantic_decoders={1: lambda content, _: cbor2.CBORTag(1, content)})


def call(action, **members):
    answer, body = send(f"Kinesis_20131202.{action}", cbor2.dumps(members, indefinite_containers=indefinite))
    assert answer.status == 200, (action, answer.status, body)
    assert answer.getheader("Content-Type") == TYPE, answer.getheaders()
    assert answer.getheader("x-amzn-RequestId")
    return parse(body) if body else {}


def milliseconds(value):
    assert isinstance(value, cbor2.CBORTag) and value.tag == 1 and type(value.value) is int, value
    assert abs(value.value - time.time() * 1000) < 60_000, value
    return value.value


def read(shard, **start):
    found, iterator = [], call("GetShardIterator", StreamName=stream, ShardId=shard, **start)["ShardIterator"]
    until = time.monotonic() + 30
    while time.monotonic() < until:
        answer = call("GetRecords", ShardIterator=iterator, Limit=70)
        found += answer["Records"]
        iterator = answer["NextShardIterator"]
        if answer["MillisBehindLatest"] == 0 and not answer["Records"]:
            return found
    raise AssertionError(f"{shard} did not come to its tip")


stream = f"conformance-{uuid.uuid4().hex[:12]}"
call("CreateStream", StreamName=stream, ShardCount=2)
until = time.monotonic() + 30
while call("DescribeStreamSummary", StreamName=stream)["StreamDescriptionSummary"]["StreamStatus"] != "ACTIVE":
    assert time.monotonic() < until
summary = call("DescribeStreamSummary", StreamName=stream)["StreamDescriptionSummary"]
milliseconds(summary["StreamCreationTimestamp"])
assert (summary["OpenShardCount"], summary["RetentionPeriodHours"]) == (2, 24), summary
assert stream in call("ListStreams", Limit=10_000)["StreamNames"]

# Put with and without lengths, and read back: the bytes are those that were sent, in each shard in order.
sent = events()
first = call("PutRecord", StreamName=stream, PartitionKey=sent[0][0], Data=sent[0][1].encode())
for start in range(1, len(sent), 100):
    indefinite = not indefinite
    batch = [{"PartitionKey": key, "Data": line.encode()} for key, line in sent[start:start + 100]]
    answer = call("PutRecords", StreamName=stream, Records=batch)
    assert answer["FailedRecordCount"] == 0 and len(answer["Records"]) == len(batch), answer
shards = call("ListShards", StreamName=stream)["Shards"]
records = [record for shard in shards for record in read(shard["ShardId"], ShardIteratorType="TRIM_HORIZON")]
for record in records:
    milliseconds(record["ApproximateArrivalTimestamp"])
assert records and all(type(record["Data"]) is bytes for record in records)
result = judge(sent, [(record["PartitionKey"], record["Data"]) for record in records])

# Every byte, and a time as the SDK sends it, without its tag, and as a floating-point number.
everything = bytes(range(256)) * 4
last = call("PutRecord", StreamName=stream, PartitionKey="é", Data=everything, ExplicitHashKey="0")
arrival = [r for r in read(last["ShardId"], ShardIteratorType="TRIM_HORIZON") if r["Data"] == everything]
assert len(arrival) == 1 and arrival[0]["PartitionKey"] == "é"
moment = milliseconds(arrival[0]["ApproximateArrivalTimestamp"])
for form in (cbor2.CBORTag(1, moment), moment, float(moment), cbor2.CBORTag(1, float(moment))):
    found = read(last["ShardId"], ShardIteratorType="AT_TIMESTAMP", Timestamp=form)
    assert found[-1]["SequenceNumber"] == last["SequenceNumber"], found
    assert all(milliseconds(r["ApproximateArrivalTimestamp"]) >= moment for r in found)
hour = 3_600_000
start = read(first["ShardId"], ShardIteratorType="AT_TIMESTAMP", Timestamp=cbor2.CBORTag(1, moment - hour))
assert start[0]["SequenceNumber"] == first["SequenceNumber"]

# boto3 speaks JSON: it reads what was put here, and the other way round.
boto = client()
iterator = boto.get_shard_iterator(
    StreamName=stream, ShardId=last["ShardId"], ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=last["SequenceNumber"])
seen = boto.get_records(ShardIterator=iterator["ShardIterator"])["Records"][0]
assert seen["Data"] == everything and round(seen["ApproximateArrivalTimestamp"].timestamp() * 1000) == moment
other = boto.put_record(StreamName=stream, PartitionKey="json", Data=everything[::-1])
found = read(other["ShardId"], ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=other["SequenceNumber"])
assert found[0]["Data"] == everything[::-1]

# A shard's end: the last answer has children and no iterator, not one that is null.
call("SplitShard", StreamName=stream, ShardToSplit=shards[0]["ShardId"], NewStartingHashKey="2")
until, answer = time.monotonic() + 30, {"NextShardIterator": call(
    "GetShardIterator", StreamName=stream, ShardId=shards[0]["ShardId"], ShardIteratorType="TRIM_HORIZON")["ShardIterator"]}
while "NextShardIterator" in answer:
    assert time.monotonic() < until
    answer = call("GetRecords", ShardIterator=answer["NextShardIterator"])
assert [child["ParentShards"] for child in answer["ChildShards"]] == [[shards[0]["ShardId"]]] * 2, answer


def refused(code, target, body, status=400):
    answer, text = send(f"Kinesis_20131202.{target}", body)
    assert answer.status == status and answer.getheader("Content-Type") == TYPE, (answer.status, text)
    error = parse(text)
    assert error["__type"] == code, (target, error)
    return error.get("message") or error.get("Message") or ""


good = cbor2.dumps({"StreamName": stream, "Records": [{"PartitionKey": "k", "Data": b"x"}]})
assert "absent" in refused("ResourceNotFoundException", "DescribeStream", cbor2.dumps({"StreamName": "absent"}))
refused("ValidationException", "PutRecords", cbor2.dumps({"StreamName": stream, "Records": []}))
refused("UnknownOperationException", "Nothing", cbor2.dumps({}))
refused("SerializationException", "PutRecords", cbor2.dumps({"StreamName": stream, "Records": [{"PartitionKey": "k", "Data": "eA=="}]}))
for length in range(1, len(good)):
    assert "unexpected end" in refused("SerializationException", "PutRecords", good[:length])
assert "nested too deep" in refused("SerializationException", "ListStreams", b"\xa1\x61x" + b"\x81" * 100_000 + b"\x00")
for head in (b"\x5b", b"\x7b", b"\x9b", b"\xbb"):
    refused("SerializationException", "PutRecords", b"\xa1\x67Records" + head + b"\x7f" * 8)
# What AWS does not speak either.
assert send("Kinesis_20131202.ListStreams", cbor2.dumps({}), "application/cbor")[0].status == 404
assert send("DynamoDB_20120810.ListTables", cbor2.dumps({}))[0].status == 404

call("DeleteStream", StreamName=stream)
print(f"{result}; {len(good) + 8} refusals in CBOR")
