"""CloudWatch's PutMetricData by boto3 in each of its three protocols, by plain HTTP and by the AWS CLI; then /metrics against what was sent,
judged by Prometheus' own parser. Needs a server of its own for the token: WEIR."""
import datetime, json, os, subprocess, tempfile, urllib.error, urllib.parse, urllib.request

import botocore.model, cbor2
from prometheus_client.parser import text_string_to_metric_families

from common import *

space = f"conformance/{uuid.uuid4().hex[:12]}"


def page(endpoint=ENDPOINT, **headers):
    request = urllib.request.Request(f"{endpoint}/metrics", headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", answer.headers
        return answer.read().decode()


def samples(text):
    """{(name, labels): value}, by the parser of Prometheus' client; no sample comes twice."""
    found, families = {}, set()
    for family in text_string_to_metric_families(text):
        assert family.name not in families, f"{family.name} stands apart"
        families.add(family.name)
        assert family.documentation and family.type != "unknown", family
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, f"{key} comes twice"
            found[key] = sample.value
    return found


def value(found, name, **labels):
    return found.get((name, frozenset(labels.items())))


def of_space(found, name, metric, unit="None", **dimensions):
    return value(found, f"cloudwatch_metric_{name}", region="us-east-1", namespace=space, metric=metric, unit=unit,
                 **{f"dim_{key}": text for key, text in dimensions.items()})


def post(body, path="/", **headers):
    request = urllib.request.Request(ENDPOINT + path, body, {name.replace("_", "-"): text for name, text in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def speaking(protocol):
    """A client that speaks one of the three protocols; by itself botocore chooses JSON."""
    order = botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS
    botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = (protocol,)
    try:
        cloudwatch = boto3.Session().client("cloudwatch", endpoint_url=ENDPOINT, config=CONFIG)
        assert cloudwatch.meta.service_model.resolved_protocol == protocol
        return cloudwatch
    finally:
        botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = order


now = datetime.datetime.now(datetime.timezone.utc)


def check_boto3(protocol):
    cloudwatch = speaking(protocol)
    put = cloudwatch.put_metric_data
    put(Namespace=space, MetricData=[
        {"MetricName": "one", "Value": 2.5, "Unit": "Count", "Timestamp": now},
        {"MetricName": "one", "StatisticValues": {"SampleCount": 3, "Sum": 6, "Minimum": 1, "Maximum": 4}, "Unit": "Count"},
        {"MetricName": "many", "Values": [1, 5], "Counts": [2, 1], "Dimensions": [{"Name": "Operation", "Value": 'a "b" \\c'}]},
        {"MetricName": protocol, "Value": 1},
    ])
    answer = put(Namespace=space, StrictEntityValidation=False, EntityMetricData=[
        {"Entity": {"KeyAttributes": {"Type": "Thing", "Name": "x"}}, "MetricData": [{"MetricName": "entity", "Value": 1}]}])
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-failure-message"] == "InvalidTypeValue", answer
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"], answer
    assert refusal(put, Namespace="AWS/Kinesis", MetricData=[{"MetricName": "m", "Value": 1}]) == (
        "InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
    assert refusal(put, Namespace=space, MetricData=[{"MetricName": "m", "Value": float("nan")}]) == (
        "InvalidParameterValue", "The value NaN for parameter MetricData.member.1.Value is invalid.")
    assert refusal(put, Namespace=space, MetricData=[{"MetricName": "m", "Value": 1, "Values": [1]}])[0] == "InvalidParameterCombination"
    assert refusal(put, Namespace=space, MetricData=[{"MetricName": "m"}])[0] == "InvalidParameterCombination"
    assert refusal(put, Namespace=space, MetricData=[]) == ("MissingParameter", "The parameter MetricData is required.")
    assert refusal(put, Namespace=space, MetricData=[{"MetricName": "m", "Value": 1}] * 1001)[0] == "InvalidParameterValue"
    old = now - datetime.timedelta(days=15)
    assert "two weeks" in refusal(put, Namespace=space, MetricData=[{"MetricName": "m", "Value": 1, "Timestamp": old}])[1]
    assert refusal(cloudwatch.list_metrics)[0] == ("InvalidAction" if protocol == "query" else "UnknownOperationException")


for protocol in ("smithy-rpc-v2-cbor", "json", "query"):
    check_boto3(protocol)

# The same RPC with plain HTTP: what its answers carry beside.
rpc = {"Content_Type": "application/cbor", "smithy_protocol": "rpc-v2-cbor"}
path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
status, headers, body = post(cbor2.dumps({"Namespace": space, "MetricData": [{"MetricName": "rpc", "Value": 1}]}), path, **rpc)
assert (status, body, headers["smithy-protocol"]) == (200, b"", "rpc-v2-cbor"), (status, headers, body)
status, headers, body = post(cbor2.dumps({}), path, **rpc)
assert (status, headers["x-amzn-query-error"]) == (400, "MissingParameter;Sender"), (status, headers)
assert cbor2.loads(body)["__type"].endswith("#MissingRequiredParameterException")

# The same for JSON and a form, as older SDKs and the Java KCL 2 send it.
status, headers, body = post(json.dumps({"Namespace": space, "MetricData": [{"MetricName": "json", "Value": 7}]}).encode(),
                             Content_Type="application/x-amz-json-1.0", X_Amz_Target="GraniteServiceVersion20100801.PutMetricData")
assert (status, json.loads(body)) == (200, {}), (status, body)
status, _, body = post(b"{}", Content_Type="application/x-amz-json-1.0", X_Amz_Target="GraniteServiceVersion20100801.PutMetricData")
assert status == 400 and json.loads(body)["__type"].endswith("#MissingRequiredParameterException"), body
form = {"Action": "PutMetricData", "Version": "2010-08-01", "Namespace": space, "MetricData.member.1.MetricName": "form",
        "MetricData.member.1.Value": "9", "MetricData.member.1.Timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "MetricData.member.1.Dimensions.member.1.Name": "d", "MetricData.member.1.Dimensions.member.1.Value": "v w"}
type_of_forms = "application/x-www-form-urlencoded; charset=utf-8"
status, headers, body = post(urllib.parse.urlencode(form).encode(), Content_Type=type_of_forms)
assert status == 200 and headers["Content-Type"] == "text/xml" and b"<PutMetricDataResponse " in body, (status, headers, body)
status, _, body = post(b"Action=PutMetricAlarm&Version=2010-08-01", Content_Type=type_of_forms)
assert status == 400 and b"<Code>InvalidAction</Code>" in body, body

# The AWS CLI.
aws = ["aws", "--endpoint-url", ENDPOINT, "cloudwatch", "put-metric-data", "--namespace", space]
subprocess.run([*aws, "--metric-name", "cli", "--value", "11", "--unit", "Bytes", "--dimensions", "Shard=1,Worker=w"], check=True)
failed = subprocess.run([*aws, "--metric-name", "cli", "--value", "1", "--unit", "Furlongs"], capture_output=True, text=True)
assert failed.returncode != 0 and "(InvalidParameterValue)" in failed.stderr and "must be a value in the set" in failed.stderr, failed

found = samples(page())
assert [of_space(found, name, "one", "Count") for name in ("sum", "count", "minimum", "maximum")] == [25.5, 12, 1, 4]
assert [of_space(found, name, "many", Operation='a "b" \\c') for name in ("sum", "count", "minimum", "maximum")] == [21, 9, 1, 5]
assert all(of_space(found, "sum", protocol) == (8 if protocol == "json" else 1) for protocol in ("smithy-rpc-v2-cbor", "json", "query"))
assert of_space(found, "sum", "entity") == 3 and of_space(found, "sum", "rpc") == 1
assert of_space(found, "sum", "form", d="v w") == 9
assert of_space(found, "sum", "cli", "Bytes", Shard="1", Worker="w") == 11
assert not any(dict(labels).get("metric") == "m" for _, labels in found), "a datum of a call that was refused was kept"

# Kinesis' own metrics, against what is put and got.
kinesis = client()
stream = fresh_stream(kinesis, 2)
kinesis.enable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["IncomingBytes", "OutgoingRecords"])
sent = events(120)
put_all(kinesis, stream, sent)
kinesis.put_record(StreamName=stream, PartitionKey="key", Data=b"12345")
size = sum(len(key) + len(line.encode()) for key, line in sent)
shards = [shard["ShardId"] for shard in kinesis.list_shards(StreamName=stream)["Shards"]]
got = {shard: len(read_shard(kinesis, stream, shard)[0]) for shard in shards}
found = samples(page())
labels = {"region": "us-east-1", "stream_name": stream}
for name, expected in {
    "incoming_bytes_total": size + 8, "incoming_records_total": 121, "put_records_total_records_total": 120,
    "put_records_successful_records_total": 120, "put_records_failed_records_total": 0, "put_records_throttled_records_total": 0,
    "put_records_success_total": 1, "put_records_bytes_total": size, "put_records_latency_milliseconds_count": 1,
    "put_record_success_total": 1, "put_record_bytes_total": 8, "put_record_latency_milliseconds_count": 1,
    "get_records_records_total": 121, "get_records_bytes_total": size + 8, "write_provisioned_throughput_exceeded_total": 0,
}.items():
    assert value(found, f"aws_kinesis_{name}", **labels) == expected, (name, expected, value(found, f"aws_kinesis_{name}", **labels))
incoming = [value(found, "aws_kinesis_shard_incoming_bytes_total", **labels, shard_id=shard) for shard in shards]
assert sum(incoming) == size + 8, incoming
for shard in shards:
    assert value(found, "aws_kinesis_shard_outgoing_records_total", **labels, shard_id=shard) == got[shard]
assert not any(name == "aws_kinesis_shard_incoming_records_total" and dict(own)["stream_name"] == stream for name, own in found)
assert value(found, "weir_requests_total", service="kinesis", action="PutRecord", status="200", error="") >= 1
assert value(found, "process_resident_memory_bytes") > 1 << 20 and value(found, "process_open_fds") > 3
kinesis.delete_stream(StreamName=stream)
assert not any(dict(own).get("stream_name") == stream for _, own in samples(page())), "a stream that is gone is shown"

# A token.
with tempfile.TemporaryDirectory() as folder:
    token = f"{folder}/token"
    with open(os.open(token, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write("0123456789abcdef0123\n")
    process, endpoint = start_server(folder, "--metrics-token", token)
    try:
        samples(page(endpoint, Authorization="Bearer 0123456789abcdef0123"))
        for headers in ({}, {"Authorization": "Bearer 0123456789abcdef0124"}, {"Authorization": "Basic 0123456789abcdef0123"}):
            try:
                page(endpoint, **headers)
                raise AssertionError(f"the metrics were shown for {headers}")
            except urllib.error.HTTPError as error:
                assert error.code == 401 and error.headers["WWW-Authenticate"] == "Bearer", error
    finally:
        stop_server(process)
print(f"PutMetricData in three protocols, {len(found)} samples on the page, a token")
