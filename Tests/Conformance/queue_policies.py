"""Policies that are attached to queues, against a server that asks who calls, by the service model of botocore 1.44.5 (`boto3_queues.py` tells from where)."""
import glob, json, os, tempfile

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

from common import refusal, start_server, stop_server

DATA = os.environ.get("BOTOCORE_DATA") or glob.glob("../../.venv/botocore-1.44.5/lib/python*/site-packages/botocore/data")[0]
SECRET, ACCOUNT = "0123456789abcdef", "123456789012"
GUEST = f"arn:aws:iam::{ACCOUNT}:user/guest"


def connect(endpoint, key):
    session = botocore.session.Session()
    loader = Loader(extra_search_paths=[DATA])
    loader.search_paths.insert(0, DATA)
    session.register_component("data_loader", loader)
    return session.create_client("kinesis", region_name="us-east-1", endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=SECRET,
                                 config=Config(retries={"total_max_attempts": 1}, read_timeout=60))


def receive(caller):
    return caller.receive_queue_records(QueueARN=queue, WaitTimeSeconds=1)["QueueRecords"]


def attach(caller, **statement):
    policy = {"Version": "2012-10-17", "Statement": [{"Resource": queue, **statement}]}
    caller.put_resource_policy(ResourceARN=queue, Policy=json.dumps(policy))


with tempfile.TemporaryDirectory() as folder:
    statements = {"ADMIN": {"Effect": "Allow", "Action": "*", "Resource": "*"}, "GUEST": {"Effect": "Allow", "Action": "kinesis:ListQueues", "Resource": "*"}}
    keys = [{"id": name, "secret": SECRET, "user": name.lower(), "policy": {"Statement": [statement]}} for name, statement in statements.items()]
    with open(os.open(f"{folder}/keys.json", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        json.dump({"accessKeys": keys}, file)
    server, endpoint = start_server(folder, "--credentials", f"{folder}/keys.json", "--account", ACCOUNT)
    try:
        admin, guest = connect(endpoint, "ADMIN"), connect(endpoint, "GUEST")
        admin.create_stream(StreamName="jobs", StreamModeDetails={"StreamMode": "ON_DEMAND"})
        stream = admin.describe_stream_summary(StreamName="jobs")["StreamDescriptionSummary"]["StreamARN"]
        queue = admin.create_queue(QueueName="q", StreamConfigurationList=[{"StreamARN": stream}])["QueueDescription"]["QueueARN"]

        code, message = refusal(receive, guest)
        assert code == "AccessDeniedException" and message.endswith("because no identity-based policy allows the kinesis:ReceiveQueueRecords action"), message
        attach(admin, Effect="Allow", Principal={"AWS": GUEST}, Action=["kinesis:ReceiveQueueRecords", "kinesis:AcknowledgeQueueRecords"])
        admin.put_record(StreamName="jobs", Data=b"job", PartitionKey="k")
        record, = receive(guest)
        done = guest.acknowledge_queue_records(QueueARN=queue, Entries=[{"ReceiptHandle": record["ReceiptHandle"]}])
        assert len(done["Successful"]) == 1, done
        assert refusal(guest.delete_queue, QueueARN=queue)[0] == "AccessDeniedException"
        # The account may let its users in by policies of their own; naming it does not.
        attach(admin, Effect="Allow", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Action="kinesis:*")
        assert refusal(receive, guest)[0] == "AccessDeniedException"
        attach(admin, Effect="Allow", Principal={"AWS": "arn:aws:iam::210987654321:user/guest"}, Action="kinesis:*")
        assert refusal(receive, guest)[0] == "AccessDeniedException"
        attach(admin, Effect="Deny", Principal="*", Action="kinesis:ReceiveQueueRecords")
        code, message = refusal(receive, admin)
        assert code == "AccessDeniedException" and message.endswith("with an explicit deny in a resource-based policy"), message
        condition = {"Bool": {"aws:SecureTransport": "true"}}
        assert refusal(attach, admin, Effect="Allow", Principal="*", Action="*", Condition=condition)[0] == "InvalidArgumentException"
        admin.delete_resource_policy(ResourceARN=queue)
        assert receive(admin) == [] and refusal(receive, guest)[0] == "AccessDeniedException"
    except BaseException:
        server.kill()
        raise
    stop_server(server)
print("policies of queues: allowed by them, denied by them, those of other accounts, conditions")
