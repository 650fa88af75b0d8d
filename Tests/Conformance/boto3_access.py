"""Credentials, regions, limits, reset and the access log: against servers of its own, started with the options for each."""
import contextlib, datetime, json, os, signal, subprocess, tempfile, time, urllib.error, urllib.request

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from common import *

WEIR = os.environ["WEIR"]
SECRETS = {"PRODUCER": "0123456789abcdef/+", "ADMIN": "fedcba9876543210"}
STATEMENTS = {
    "PRODUCER": [
        {"Effect": "Allow", "Action": ["kinesis:Put*", "kinesis:Describe*"], "Resource": "stream/flights-*"},
        {"Effect": "Deny", "Action": "kinesis:*", "Resource": "arn:aws:kinesis:*:*:stream/flights-secret"},
    ],
    "ADMIN": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def write_keys(path, names):
    keys = [{"id": name, "secret": SECRETS[name], "user": name.lower(), "policy": {"Statement": STATEMENTS[name]}} for name in names]
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"accessKeys": keys}, file)


@contextlib.contextmanager
def server(folder, *options):
    process, endpoint = start_server(folder, *options)
    try:
        yield endpoint, process
    finally:
        stop_server(process)


def client(endpoint, key="ADMIN", service="kinesis", region="us-east-1", secret=None, token=None):
    return boto3.client(service, endpoint_url=endpoint, region_name=region, aws_access_key_id=key, aws_secret_access_key=secret or SECRETS[key],
                        aws_session_token=token, config=Config(retries={"total_max_attempts": 1}, read_timeout=20))


@contextlib.contextmanager
def clock(minutes):
    """botocore signs as if it were so much later."""
    real = botocore.auth.get_current_datetime
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: real(remove_tzinfo) + datetime.timedelta(minutes=minutes)
    try:
        yield
    finally:
        botocore.auth.get_current_datetime = real


def check_credentials(folder):
    keys, log = f"{folder}/keys.json", f"{folder}/access.log"
    write_keys(keys, ["PRODUCER", "ADMIN"])
    with server(folder, "--credentials", keys, "--account", "123456789012", "--access-log", log, "--host", "0.0.0.0") as (endpoint, process):
        endpoint = endpoint.replace("0.0.0.0", "127.0.0.1")
        admin, producer = client(endpoint), client(endpoint, "PRODUCER")
        for name in ("flights-1", "flights-secret", "other"):
            admin.create_stream(StreamName=name, ShardCount=1)
        put = {"Data": b"x", "PartitionKey": "k"}
        assert producer.put_record(StreamName="flights-1", **put)["ShardId"] == "shardId-000000000000"
        user = "User: arn:aws:iam::123456789012:user/producer is not authorized to perform: kinesis:"
        arn = "arn:aws:kinesis:us-east-1:123456789012:stream"
        assert refusal(producer.put_record, StreamName="other", **put) == (
            "AccessDeniedException", f"{user}PutRecord on resource: {arn}/other because no identity-based policy allows the kinesis:PutRecord action")
        assert refusal(producer.put_record, StreamName="flights-secret", **put) == (
            "AccessDeniedException", f"{user}PutRecord on resource: {arn}/flights-secret with an explicit deny in an identity-based policy")
        assert refusal(producer.list_streams)[0] == "AccessDeniedException"
        assert refusal(producer.delete_stream, StreamName="flights-1")[0] == "AccessDeniedException"
        assert refusal(producer.describe_stream, StreamName="absent")[0] == "AccessDeniedException"
        assert refusal(client(endpoint, "PRODUCER", "dynamodb").list_tables)[0] == "AccessDeniedException"
        assert client(endpoint, service="dynamodb").list_tables()["TableNames"] == []

        assert refusal(client(endpoint, secret="0123456789abcdefX").list_streams)[0] == "InvalidSignatureException"
        assert refusal(client(endpoint, token="made up").list_streams)[0] == "UnrecognizedClientException"
        stranger = client(endpoint, "STRANGER", secret="0123456789abcdef")
        assert refusal(stranger.list_streams) == ("UnrecognizedClientException", "The security token included in the request is invalid.")
        for minutes, text in ((-6, "Signature expired: "), (6, "Signature not yet current: ")):
            with clock(minutes):
                # A client whose clock is wrong would correct it and try again.
                code, message = refusal(client(endpoint).list_streams)
                assert code == "InvalidSignatureException" and message.startswith(text), message

        presigned = AWSRequest("POST", endpoint + "/", headers={"X-Amz-Target": "Kinesis_20131202.ListStreams", "Content-Type": "application/x-amz-json-1.1"})
        botocore.auth.SigV4QueryAuth(Credentials("ADMIN", SECRETS["ADMIN"]), "kinesis", "us-east-1", expires=60).add_auth(presigned)
        prepared = presigned.prepare()
        with urllib.request.urlopen(urllib.request.Request(prepared.url, method="POST", headers=dict(prepared.headers), data=b"")) as answer:
            assert json.load(answer)["StreamNames"] == ["flights-1", "flights-secret", "other"]

        # Weir's own commands sign as well.
        environment = {**os.environ, "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "ADMIN", "AWS_SECRET_ACCESS_KEY": SECRETS["ADMIN"]}
        listed = subprocess.run([WEIR, "stream", "list"], env=environment, capture_output=True, text=True)
        assert listed.returncode == 0 and "flights-secret" in listed.stdout, listed

        # Another file from now on, without a restart.
        write_keys(keys, ["ADMIN"])
        process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                producer.put_record(StreamName="flights-1", **put)
            except ClientError as error:
                assert error.response["Error"]["Code"] == "UnrecognizedClientException"
                break
        else:
            raise AssertionError("the key that was taken away is good")
        admin.list_streams()
    lines = [json.loads(line) for line in open(log)]
    assert any(line.get("user") == "producer" and line.get("error") == "AccessDeniedException" for line in lines)
    assert not any(secret in open(log).read() for secret in SECRETS.values())
    return len(lines)


def check_regions(folder):
    with server(folder, "--region", "eu-central-1") as (endpoint, _):
        client(endpoint, region="eu-central-1").create_stream(StreamName="central", ShardCount=1)
        client(endpoint, region="us-west-2").create_stream(StreamName="west", ShardCount=1)
        summary = client(endpoint, region="us-west-2").describe_stream_summary(StreamName="west")
        assert summary["StreamDescriptionSummary"]["StreamARN"] == "arn:aws:kinesis:us-west-2:000000000000:stream/west"
    with server(folder, "--region", "eu-central-1", "--allow-reset") as (endpoint, _):
        names = {region: client(endpoint, region=region).list_streams()["StreamNames"] for region in ("eu-central-1", "us-west-2", "us-east-1")}
        assert names == {"eu-central-1": ["central"], "us-west-2": ["west"], "us-east-1": []}, names
        with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/_weir/reset", method="POST")) as answer:
            assert answer.status == 200
        assert all(client(endpoint, region=region).list_streams()["StreamNames"] == [] for region in names)
    # Without the option nothing is removed.
    with server(folder, "--region", "eu-central-1") as (endpoint, _):
        try:
            urllib.request.urlopen(urllib.request.Request(f"{endpoint}/_weir/reset", method="POST"))
            raise AssertionError("a reset that is not allowed")
        except urllib.error.HTTPError as error:
            assert "--allow-reset" in error.read().decode()


def check_limits(folder):
    with server(folder, "--limits", "aws") as (endpoint, _):
        kinesis = client(endpoint)
        kinesis.create_stream(StreamName="s", ShardCount=1)
        large, small = {"Data": bytes(700 << 10), "PartitionKey": "k"}, {"Data": b"x", "PartitionKey": "k"}
        answer = kinesis.put_records(StreamName="s", Records=[large, large, small])
        text = "Rate exceeded for shard shardId-000000000000 in stream s under account 000000000000."
        codes = [record.get("ErrorCode") for record in answer["Records"]]
        assert codes == [None, "ProvisionedThroughputExceededException", None] and answer["FailedRecordCount"] == 1, answer
        assert answer["Records"][1]["ErrorMessage"] == text, answer
        iterator = kinesis.get_shard_iterator(StreamName="s", ShardId="shardId-0", ShardIteratorType="LATEST")["ShardIterator"]
        until, reads = time.monotonic() + 60, 0
        while time.monotonic() < until:
            try:
                kinesis.get_records(ShardIterator=iterator)
                reads += 1
            except kinesis.exceptions.ProvisionedThroughputExceededException as error:
                assert error.response["Error"]["Message"] == text and reads >= 5, (error, reads)
                break
        else:
            raise AssertionError("a shard was read more often than five times a second")


def check_refusals(folder):
    def start(*options):
        return subprocess.run([WEIR, "serve", "--data", f"{folder}/x", "--port", "0", *options], capture_output=True, text=True, timeout=60)
    assert "--credentials FILE, or --insecure" in start("--host", "0.0.0.0").stderr
    write_keys(f"{folder}/open.json", ["ADMIN"])
    os.chmod(f"{folder}/open.json", 0o644)
    assert "chmod 600" in start("--credentials", f"{folder}/open.json").stderr
    assert "No such file" in start("--credentials", f"{folder}/absent.json").stderr
    assert not os.path.exists(f"{folder}/x"), "a server that did not start made its data folder"


with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second, tempfile.TemporaryDirectory() as third:
    lines = check_credentials(first)
    check_regions(second)
    check_limits(third)
    check_refusals(third)
print(f"credentials ({lines} requests logged), regions, reset, limits, refusals to start")
