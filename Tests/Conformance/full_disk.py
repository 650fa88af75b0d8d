"""boto3: `weir serve` on a disk that fills up. Puts are refused by an error after which clients try again, reads go on, and puts are
taken as soon as there is space; what was acknowledged stays. WEIR: the program. The disk is a tmpfs in a mount namespace of its
own; where the system allows nobody but root to make one, the check is skipped: its status is 75 then."""
import os, subprocess, sys, tempfile, time

from botocore.exceptions import ClientError

from common import *

SIZE_MIB, FILLER_MIB = 12, 5
NAMESPACE = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-r", "-m"]


class Server:
    def __init__(self, folder):
        mount = f"mount -t tmpfs -o size={SIZE_MIB}m tmpfs {folder} && exec sleep infinity"
        self.folder = folder
        # The namespace outlives the server, so that a disk that is full is so for the next one, too.
        self.holder = subprocess.Popen([*NAMESPACE, "sh", "-c", mount], stderr=subprocess.PIPE)
        self.process = None

    def path(self, name):
        return f"/proc/{self.holder.pid}/root{self.folder}/{name}"

    def is_mounted(self):
        until = time.monotonic() + 10
        while time.monotonic() < until and self.holder.poll() is None:
            try:
                if any(line.split()[1] == self.folder for line in open(f"/proc/{self.holder.pid}/mounts")):
                    return True
            except OSError:
                pass
            time.sleep(0.01)
        return False

    def start(self):
        enter = ["nsenter", "-t", str(self.holder.pid), "-m"] if os.geteuid() == 0 else \
            ["nsenter", "-t", str(self.holder.pid), "-U", "-m", "--preserve-credentials"]
        self.process = subprocess.Popen([*enter, os.path.abspath(os.environ["WEIR"]), "serve", "--data", f"{self.folder}/data",
                                         "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            return self.process.stderr.read()
        self.client = boto3.client("kinesis", endpoint_url=line.split()[3], config=CONFIG)
        return None

    def end(self):
        if self.process:
            self.process.kill()
            self.process.communicate()
            self.process = None

    def close(self):
        self.end()
        self.holder.kill()
        self.holder.communicate()


def fill(server):
    """Puts until the disk is full, and then a few times more; gives the error."""
    errors, number = [], 0
    while len(errors) < 5:
        assert number < 1000, "the disk does not become full"
        number += 1
        text = f"{len(sent)}:" + "x" * 100_000
        try:
            sequence.append(int(server.client.put_record(StreamName="s", PartitionKey="k", Data=text)["SequenceNumber"]))
            sent.append(text.encode())
        except ClientError as error:
            errors.append(error)
    for error in errors:
        answer = error.response
        # An SDK tries again after these.
        assert answer["ResponseMetadata"]["HTTPStatusCode"] >= 500, answer
        assert "full" in answer["Error"]["Message"], answer
    return errors[0].response["Error"]


def check(server):
    records, _ = read_shard(server.client, "s", "shardId-000000000000")
    assert [r["Data"] for r in records] == sent, (len(records), len(sent))
    assert [int(r["SequenceNumber"]) for r in records] == sequence and sequence == sorted(sequence)


sent, sequence = [], []
with tempfile.TemporaryDirectory() as folder:
    server = Server(folder)
    try:
        if not server.is_mounted():
            print("no file system may be mounted here, not even in a namespace of one's own")
            sys.exit(75)
        with open(server.path("filler"), "wb") as file:
            file.write(b"x" * (FILLER_MIB << 20))
        assert server.start() is None
        k = server.client
        k.create_stream(StreamName="s", ShardCount=1)
        error = fill(server)
        check(server)
        assert k.list_streams()["StreamNames"] == ["s"]
        # Other changes are refused likewise, or there was room for them.
        try:
            k.create_stream(StreamName="t", ShardCount=1)
        except ClientError as refused:
            assert refused.response["ResponseMetadata"]["HTTPStatusCode"] >= 500, refused.response
        full = len(sent)
        os.truncate(server.path("filler"), (FILLER_MIB - 2) << 20)
        text = f"{len(sent)}:at once"
        sequence.append(int(k.put_record(StreamName="s", PartitionKey="k", Data=text)["SequenceNumber"]))
        sent.append(text.encode())
        fill(server)
        check(server)
        # And the process ends while the disk is full.
        server.end()
        said = server.start()
        if said is None:
            check(server)
            server.end()
        os.truncate(server.path("filler"), 0)
        assert server.start() is None
        check(server)
        sequence.append(int(server.client.put_record(StreamName="s", PartitionKey="k", Data="last")["SequenceNumber"]))
        sent.append(b"last")
        check(server)
    finally:
        server.close()
    started = "it starts on a full disk" if said is None else "on a full disk it does not start"
    print(f"{error['Code']} at {full} records, taken again at once when there was space, {len(sent)} records kept; {started}")
