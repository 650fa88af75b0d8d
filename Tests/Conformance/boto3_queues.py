"""boto3 with the service model of botocore 1.44.5 drives every action of queues: what each does, its bounds and its errors, and
the end of the server by kill -9. The model is read from BOTOCORE_DATA, the `data` folder of that release, or from the
environment that `Scripts/require test` makes for it."""
import glob, signal, subprocess, sys, tempfile, threading

import botocore.exceptions
import botocore.session
from botocore.loaders import Loader

from common import *

DATA = os.environ.get("BOTOCORE_DATA") or glob.glob("../../.venv/botocore-1.44.5/lib/python*/site-packages/botocore/data")[0]
folder = tempfile.TemporaryDirectory()


def serve():
    process = subprocess.Popen([os.environ["WEIR"], "serve", "--data", f"{folder.name}/data", "--port", "0"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if "http://" in line:
            return process, "http://" + line.split("http://")[1].split()[0]
    raise AssertionError("weir serve ended")


def connect(endpoint):
    session = botocore.session.Session()
    loader = Loader(extra_search_paths=[DATA])
    loader.search_paths.insert(0, DATA)
    session.register_component("data_loader", loader)
    config = Config(retries={"max_attempts": 1}, read_timeout=60, parameter_validation=False)
    return session.create_client("kinesis", region_name="us-east-1", endpoint_url=endpoint, config=config)


def refused(code, call, **parameters):
    try:
        call(**parameters)
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == code, (parameters, error.response["Error"])
        return error.response["Error"]["Message"]
    raise AssertionError(f"{code} expected for {parameters}")


def entries(records):
    return [{"ReceiptHandle": r["ReceiptHandle"]} for r in records]


def receive(call=None, **parameters):
    return (call or k.receive_queue_records)(**{"QueueARN": arn, "WaitTimeSeconds": 1} | parameters)["QueueRecords"]


server, endpoint = serve()
k = connect(endpoint)
k.create_stream(StreamName="s", StreamModeDetails={"StreamMode": "ON_DEMAND"})
k.create_stream(StreamName="provisioned", ShardCount=1)
summary = k.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
stream = summary["StreamARN"]
on = [{"StreamARN": stream, "StartingPosition": {"Type": "TRIM_HORIZON"}}]

# CreateQueue
bad = lambda code="ValidationException", **p: refused(code, k.create_queue, **({"QueueName": "x", "StreamConfigurationList": on} | p))
bad(QueueName="")
bad(QueueName="x" * 129)
bad(QueueName="a b")
bad(StreamConfigurationList=[])
bad(StreamConfigurationList=on * 2)
bad(StreamConfigurationList=[{"StreamARN": "s"}])
bad(StreamConfigurationList=[{"StreamARN": stream, "StartingPosition": {"Type": "NOW"}}])
bad(StreamConfigurationList=[{"StreamARN": stream, "StartingPosition": {"Type": "AT_TIMESTAMP"}}])
bad(StreamConfigurationList=[{"StreamARN": stream, "StartingPosition": {"Type": "LATEST", "Timestamp": 1}}])
bad(StreamConfigurationList=[{"StreamARN": stream.replace("/s", "/provisioned")}])
bad("ResourceNotFoundException", StreamConfigurationList=[{"StreamARN": stream.replace("/s", "/none")}])
for seconds in (-1, 43_201):
    bad(QueueAttributes={"VisibilityTimeoutSeconds": seconds})
for letters in ({"TargetType": "S3"}, {"TargetType": "BUILT_IN"}, {"TargetType": "NONE", "MaxReceiveCount": 1},
                {"TargetType": "BUILT_IN", "MaxReceiveCount": 0}, {"TargetType": "BUILT_IN", "MaxReceiveCount": 1001}):
    bad(QueueAttributes={"DeadLetterConfiguration": letters})
bad("InvalidArgumentException", Tags={f"k{n}": "v" for n in range(51)})
queue = k.create_queue(QueueName="q" * 128, StreamConfigurationList=on, Tags={"team": "ops"})["QueueDescription"]
arn = queue["QueueARN"]
assert queue["QueueStatus"] == "ACTIVE" and queue["QueueAttributes"] == {
    "VisibilityTimeoutSeconds": 30, "DeadLetterConfiguration": {"TargetType": "BUILT_IN", "MaxReceiveCount": 6}}, queue
assert queue["QueueName"] not in arn and "Timestamp" in queue["StreamConfigurationList"][0]["StartingPosition"]
bad("ResourceInUseException", QueueName="q" * 128)
other = k.create_queue(QueueName="other", StreamConfigurationList=[{"StreamARN": stream}])["QueueDescription"]
assert other["StreamConfigurationList"][0]["StartingPosition"]["Type"] == "LATEST"

# DescribeQueue, ListQueues, tags, policies
assert k.describe_queue(QueueARN=arn)["QueueDescription"] == queue
refused("ResourceNotFoundException", k.describe_queue, QueueARN=arn + "x")
refused("ValidationException", k.describe_queue, QueueARN=stream)
names = lambda **p: [q["QueueName"] for q in k.list_queues(**p)["QueueSummaries"]]
assert names() == ["other", "q" * 128] == names(StreamFilter=[{"StreamARN": stream}])
assert names(StreamFilter=[{"StreamARN": stream + "x"}]) == []
created = summary["StreamCreationTimestamp"]
assert len(names(StreamFilter=[{"StreamARN": stream, "StreamCreationTimestamp": created}])) == 2
assert names(StreamFilter=[{"StreamARN": stream, "StreamCreationTimestamp": 1}]) == []
first = k.list_queues(MaxResults=1)
assert names(NextToken=first["NextToken"]) == ["q" * 128]
for bound in (0, 10_001):
    refused("ValidationException", k.list_queues, MaxResults=bound)
refused("InvalidArgumentException", k.list_queues, NextToken="x")
k.tag_resource(ResourceARN=arn, Tags={"a": "b"})
k.untag_resource(ResourceARN=arn, TagKeys=["team"])
assert k.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
policy = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kinesis:ReceiveQueueRecords"}]})
k.put_resource_policy(ResourceARN=arn, Policy=policy)
assert k.get_resource_policy(ResourceARN=arn)["Policy"] == policy
k.delete_resource_policy(ResourceARN=arn)
refused("ResourceNotFoundException", k.delete_resource_policy, ResourceARN=arn)

# A stream with queues
assert k.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["QueueCount"] == 2
refused("ResourceInUseException", k.delete_stream, StreamName="s", EnforceConsumerDeletion=True)
refused("ResourceInUseException", k.update_stream_mode, StreamARN=stream, StreamModeDetails={"StreamMode": "PROVISIONED"})
for n in range(18):
    k.register_stream_consumer(StreamARN=stream, ConsumerName=f"c{n}")
refused("LimitExceededException", k.register_stream_consumer, StreamARN=stream, ConsumerName="c18")
bad("LimitExceededException")

# Receive, acknowledge
for bound in ({"Limit": 0}, {"Limit": 11}, {"WaitTimeSeconds": 0}, {"WaitTimeSeconds": 21}, {"VisibilityTimeoutSeconds": 43_201}):
    refused("ValidationException", k.receive_queue_records, QueueARN=arn, **bound)
sent = events(25)
put_all(k, "s", sent)
records = []
while batch := receive(Limit=10):
    assert len(batch) <= 10 and all(r["ReceiveCount"] == 1 for r in batch)
    records += batch
assert sorted((r["PartitionKey"], r["Data"].decode()) for r in records) == sorted(sent)
assert len({r["RecordId"] for r in records}) == 25 and all(len(r["RecordId"]) <= 64 for r in records)
there = k.receive_queue_records(QueueARN=other["QueueARN"], Limit=1)["QueueRecords"][0]
assert there["RecordId"] in {r["RecordId"] for r in records}, "another queue has other IDs"
for bad_entries in ([], entries(records[:11]), [{}], [{"ReceiptHandle": ""}], [{"ReceiptHandle": "x" * 1025}]):
    refused("ValidationException", k.acknowledge_queue_records, QueueARN=arn, Entries=bad_entries)
answer = k.acknowledge_queue_records(QueueARN=arn, Entries=entries(records[:8]) + [{"ReceiptHandle": "x"}] + entries([there]))
assert len(answer["Successful"]) == 8 and [e["ErrorCode"] for e in answer["Failed"]] == ["InvalidArgumentException"] * 2
answer = k.acknowledge_queue_records(QueueARN=arn, Entries=entries(records[:1]))
assert [e["ErrorCode"] for e in answer["Failed"]] == ["ResourceNotFoundException"] and not answer["Successful"]

# Visibility, and a long poll that a record ends
answer = k.update_queue_records_visibility(QueueARN=arn, Entries=[e | {"VisibilityTimeoutSeconds": 0} for e in entries(records[8:10])])
assert len(answer["Successful"]) == 2
again = receive(VisibilityTimeoutSeconds=100)
assert {r["RecordId"] for r in again} == {r["RecordId"] for r in records[8:10]} and {r["ReceiveCount"] for r in again} == {2}
assert {r["FirstReceiveTimestamp"] for r in again} == {r["FirstReceiveTimestamp"] for r in records[8:10]}
stale = k.acknowledge_queue_records(QueueARN=arn, Entries=entries(records[8:10]))
assert [e["ErrorCode"] for e in stale["Failed"]] == ["ResourceNotFoundException"] * 2
refused("ValidationException", k.update_queue_records_visibility, QueueARN=arn,
        Entries=[e | {"VisibilityTimeoutSeconds": 43_201} for e in entries(again)])
assert len(k.acknowledge_queue_records(QueueARN=arn, Entries=entries(again))["Successful"]) == 2
woken, called_at = [], []


def wait_for_a_record():
    called_at.append(time.monotonic())
    woken.append((receive(WaitTimeSeconds=20), time.monotonic()))


thread = threading.Thread(target=wait_for_a_record)
thread.start()
# The call is to be waiting in the server by then: an answer without records ends the test.
while not called_at or time.monotonic() < called_at[0] + 0.3:
    time.sleep(0.01)
assert not woken, woken
k.put_record(StreamName="s", Data=b"late", PartitionKey="k")
put_at = time.monotonic()
thread.join()
assert [r["Data"] for r in woken[0][0]] == [b"late"] and woken[0][1] - put_at < 1, woken
assert len(k.acknowledge_queue_records(QueueARN=arn, Entries=entries(woken[0][0] + records[10:15]))["Successful"]) == 6

# UpdateQueue, dead letters
refused("ValidationException", k.update_queue, QueueARN=arn, QueueAttributes={"VisibilityTimeoutSeconds": 43_201})
changed = k.update_queue(QueueARN=arn, QueueAttributes={"DeadLetterConfiguration": {"TargetType": "BUILT_IN", "MaxReceiveCount": 1}})
assert changed["QueueDescription"]["QueueAttributes"]["VisibilityTimeoutSeconds"] == 30
k.update_queue_records_visibility(QueueARN=arn, Entries=[e | {"VisibilityTimeoutSeconds": 0} for e in entries(records[15:18])])
assert receive() == []
dead = receive(k.receive_dead_letter_queue_records)
assert {r["RecordId"] for r in dead} == {r["RecordId"] for r in records[15:18]}
wrong = k.acknowledge_queue_records(QueueARN=arn, Entries=entries(dead[:1]))
assert [e["ErrorCode"] for e in wrong["Failed"]] == ["InvalidArgumentException"]
k.update_dead_letter_queue_records_visibility(QueueARN=arn, Entries=[e | {"VisibilityTimeoutSeconds": 0} for e in entries(dead[:1])])
dead[0] = receive(k.receive_dead_letter_queue_records)[0]
assert len(k.acknowledge_dead_letter_queue_records(QueueARN=arn, Entries=entries(dead[:1]))["Successful"]) == 1
assert len(k.restore_dead_letter_queue_records(QueueARN=arn, Entries=entries(dead[1:]))["Successful"]) == 2
restored = receive(VisibilityTimeoutSeconds=600)
assert {r["RecordId"] for r in restored} == {r["RecordId"] for r in dead[1:]} and {r["ReceiveCount"] for r in restored} == {1}

# The end of the server
server.send_signal(signal.SIGKILL)
server.wait()
server, endpoint = serve()
k = connect(endpoint)
answer = k.acknowledge_queue_records(QueueARN=arn, Entries=entries(restored + records[18:25]))
assert len(answer["Successful"]) == 9, answer
assert receive() == [] == receive(k.receive_dead_letter_queue_records)

# DeleteQueue
for queue_arn in (arn, other["QueueARN"]):
    k.delete_queue(QueueARN=queue_arn)
refused("ResourceNotFoundException", k.receive_queue_records, QueueARN=arn)
refused("ResourceNotFoundException", k.delete_queue, QueueARN=arn)
k.delete_stream(StreamName="s", EnforceConsumerDeletion=True)
server.terminate()
assert server.wait() == 0
print("12 actions of queues, their bounds and errors, dead letters, kill -9")
