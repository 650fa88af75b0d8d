"""kcl.py VERSION MODE FORMAT [kill] [split] [scale] [tls]: the unmodified Java KCL, two workers of one application over four
shards.

VERSION 2.5.8 or 3.1.3 (virtual environments by Scripts/require kcl), MODE POLLING or FANOUT, FORMAT cbor or json. Judged: every
event is delivered; those of a key come in the order they were put; the shards are shared 2/2; with `kill` the survivor takes
all; with `split` the parent ends before its children begin; with `scale` the number of shards is changed, through shards that
are closed as soon as they are there. With `tls` it is done against a server of its own that speaks TLS, whose program WEIR
names: the KCL offers no ALPN and begins with HTTP/2's preface.
"""
import contextlib, glob, json, os, signal, ssl, subprocess, sys, tempfile, time, urllib.request, uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import common
from common import client, events, fresh_stream

# What differs between the versions: the setting for credentials takes classes of the AWS SDK 1 and 2. Version 3 asks the
# metadata service of EC2 for the load of its machine unless told not to.
SETTINGS = {
    "2.5.8": "AWSCredentialsProvider = DefaultAWSCredentialsProviderChain\n",
    "3.1.3": "AwsCredentialsProvider = DefaultCredentialsProvider\ndisableWorkerMetrics = true\n",
}


class Application:
    """The workers of one application, and what they wrote."""

    def __init__(self, stream, version, mode, wire, folder, trust=None, failover=10_000, shard_sync=1_000):
        self.trust, self.failover, self.shard_sync = trust, failover, shard_sync
        self.stream, self.version, self.mode, self.wire, self.folder = stream, version, mode, wire, Path(folder)
        self.name = f"kcl-{uuid.uuid4().hex[:10]}"
        self.environment = HERE.parents[2] / ".venv" / f"kcl-{version}"
        self.workers = {}

    def start(self, worker):
        properties = self.folder / f"{worker}.properties"
        properties.write_text(
            f"executableName = {self.environment}/bin/python {HERE}/processor.py\nprocessingLanguage = python/3\n"
            f"streamName = {self.stream}\napplicationName = {self.name}\nworkerId = {worker}\nregionName = us-east-1\n"
            f"initialPositionInStream = TRIM_HORIZON\nretrievalMode = {self.mode}\nfailoverTimeMillis = {self.failover}\n"
            # By default metrics go out once in 10 s, or when there are 10,000 of them.
            "metricsLevel = DETAILED\nmetricsBufferTimeMillis = 1000\n"
            f"cloudWatchClient.endpointOverride = {common.ENDPOINT}\n"
            f"kinesisEndpoint = {common.ENDPOINT}\ndynamoDBEndpoint = {common.ENDPOINT}\n"
            # By default the first look at the shards is followed by a sleep of 60 s.
            f"shardSyncIntervalMillis = {self.shard_sync}\n{SETTINGS[self.version]}")
        jars = glob.glob(f"{self.environment}/lib/python*/site-packages/amazon_kclpy/jars")[0]
        command = ["java", "-Xmx300m", *(["-Daws.cborEnabled=false"] if self.wire == "json" else []),
                   *([f"-Djavax.net.ssl.trustStore={self.trust}", "-Djavax.net.ssl.trustStorePassword=changeit"] if self.trust else []),
                   "-cp", f"{jars}/*:{self.folder}", "software.amazon.kinesis.multilang.MultiLangDaemon",
                   "--properties-file", str(properties)]
        environment = {**os.environ, "AWS_REGION": "us-east-1", "JOURNAL": str(self.folder / f"{worker}.jsonl")}
        with open(self.folder / f"{worker}.log", "w") as log:
            self.workers[worker] = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)

    def kill(self, worker):
        os.killpg(self.workers.pop(worker).pid, signal.SIGKILL)

    def stop(self):
        for process in self.workers.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.workers.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)

    def journal(self):
        """What all workers noted, by time. A line that is not yet whole is left for the next look."""
        entries = []
        for path in self.folder.glob("*.jsonl"):
            for line in path.read_text().splitlines(keepends=True):
                if line.endswith("\n"):
                    entries.append({"worker": path.stem, **json.loads(line)})
        return sorted(entries, key=lambda entry: entry["at"])

    def delivered(self):
        return {number for entry in self.journal() if entry["event"] == "records" for number in entry["numbers"]}

    def owners(self):
        """{shard: owner} of the leases that have not ended."""
        pages = client("dynamodb").get_paginator("scan").paginate(TableName=self.name)
        leases = [item for page in pages for item in page["Items"] if item["leaseKey"]["S"].startswith("shardId-")]
        return {lease["leaseKey"]["S"]: lease.get("leaseOwner", {}).get("S") for lease in leases
                if lease.get("checkpoint", {}).get("S") != "SHARD_END"}

    def metrics(self):
        """How many samples of records that the workers processed have come to the server's metrics: the KCL names them so."""
        trust = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
        with urllib.request.urlopen(f"{common.ENDPOINT}/metrics", timeout=20, context=trust) as page:
            lines = [line.decode() for line in page]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines
                   if line.startswith("cloudwatch_metric_sum{") and f'namespace="{self.name}",metric="RecordsProcessed"' in line)

    def until(self, what, condition, limit=200):
        deadline = time.monotonic() + limit
        while not condition():
            dead = [name for name, process in self.workers.items() if process.poll() is not None]
            if dead or time.monotonic() > deadline:
                for path in self.folder.glob("*.log"):
                    lines = path.read_text(errors="replace").splitlines()
                    print(path.name, *[line for line in lines if not line.startswith("\tat ")][-40:], sep="\n")
                raise AssertionError(f"{what}: {'ended: ' + ', '.join(dead) if dead else f'not within {limit} s'}; "
                                     f"{len(self.delivered())} delivered")
            time.sleep(0.3)


class Source:
    """Puts the events, a part at a time, and remembers what became of each."""

    def __init__(self, kinesis, stream):
        self.kinesis, self.stream, self.waiting, self.put = kinesis, stream, events(1609), []

    def next(self, count):
        batch, self.waiting = self.waiting[:count], self.waiting[count:]
        assert len(batch) == count
        answer = self.kinesis.put_records(StreamName=self.stream,
                                          Records=[{"PartitionKey": key, "Data": line.encode()} for key, line in batch])
        assert answer["FailedRecordCount"] == 0
        self.put += [(key, line, result["SequenceNumber"]) for (key, line), result in zip(batch, answer["Records"])]

    @property
    def numbers(self):
        return {number for _, _, number in self.put}


def share(owners, workers=("one", "two")):
    return sorted(list(owners.values()).count(worker) for worker in workers)


def judge(source, journal):
    """Every event, with its data, and those of a key first delivered in the order they were put."""
    data, first = {}, {}
    for position, (entry, number, text) in enumerate(
            (entry, number, text) for entry in journal if entry["event"] == "records"
            for number, text in zip(entry["numbers"], entry["data"])):
        data[number] = text
        first.setdefault(number, position)
    assert data.keys() == source.numbers, f"{len(source.numbers - data.keys())} lost"
    assert all(data[number] == line for _, line, number in source.put), "data differ"
    by_key = {}
    for key, _, number in source.put:
        by_key.setdefault(key, []).append(first[number])
    assert all(positions == sorted(positions) for positions in by_key.values()), "order within a key"
    return f"{len(data)} events of {len(by_key)} keys"


def split(application, source, kinesis):
    parent = kinesis.list_shards(StreamName=source.stream)["Shards"][0]
    low, high = (int(parent["HashKeyRange"][edge]) for edge in ("StartingHashKey", "EndingHashKey"))
    kinesis.split_shard(StreamName=source.stream, ShardToSplit=parent["ShardId"], NewStartingHashKey=str((low + high) // 2))
    source.next(400)
    application.until("the children's records", lambda: source.numbers <= application.delivered())
    children = {shard["ShardId"] for shard in kinesis.list_shards(StreamName=source.stream)["Shards"]
                if shard.get("ParentShardId") == parent["ShardId"]}
    application.until("the children's leases", lambda: children <= application.owners().keys())
    journal = application.journal()
    ends = [entry["at"] for entry in journal if entry["event"] == "shard-end" and entry["shard"] == parent["ShardId"]]
    begins = {entry["shard"]: entry["at"] for entry in reversed(journal)
              if entry["event"] == "begin" and entry["shard"] in children}
    assert ends and begins.keys() == children and min(begins.values()) >= ends[0], (ends, begins)


@contextlib.contextmanager
def secure_server(folder):
    """A server that speaks TLS, where the clients look from now on. Gives the trust store of Java."""
    import boto3_tls
    certificate, key = boto3_tls.make_certificate(folder)
    subprocess.run(["keytool", "-importcert", "-noprompt", "-alias", "weir", "-file", certificate, "-keystore", f"{folder}/trust.p12", "-storetype", "PKCS12",
                    "-storepass", "changeit"], check=True, capture_output=True)
    process, common.ENDPOINT = boto3_tls.start(folder, certificate, key)
    os.environ["AWS_CA_BUNDLE"] = certificate
    try:
        yield f"{folder}/trust.p12"
    finally:
        process.terminate()
        assert process.wait(30) == 0, "the server did not end cleanly"


def scale(application, source, kinesis):
    """Two changes, of which each leaves shards between the old and the new ones that never hold a record."""
    count = kinesis.describe_stream_summary(StreamName=source.stream)["StreamDescriptionSummary"]["OpenShardCount"]
    for target in (count + 2, count):
        kinesis.update_shard_count(StreamName=source.stream, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
        source.next(100)
        # The KCL 3 gives new shards to workers every twenty seconds or so, and there are up to three generations of them.
        application.until("the records of the new shards", lambda: source.numbers <= application.delivered(), limit=400)
    latest = kinesis.list_shards(StreamName=source.stream, ShardFilter={"Type": "AT_LATEST"})["Shards"]
    shards = kinesis.list_shards(StreamName=source.stream)["Shards"]
    assert len(latest) == count and len(shards) > count + 2
    application.until("the leases of the new shards",
                      lambda: application.owners().keys() == {shard["ShardId"] for shard in latest})


def main(version, mode, wire, *options):
    if "tls" not in options:
        return judge_workers(version, mode, wire, options)
    with tempfile.TemporaryDirectory() as folder, secure_server(folder) as trust:
        judge_workers(version, mode, wire, options, trust)


def judge_workers(version, mode, wire, options, trust=None):
    # The workers are in sessions of their own: whoever ends this script must not leave them behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    kinesis = client()
    with tempfile.TemporaryDirectory() as folder:
        stream = fresh_stream(kinesis, 4)
        source = Source(kinesis, stream)
        application = Application(stream, version, mode, wire, folder, trust)
        started = time.monotonic()
        try:
            source.next(400)
            application.start("one")
            application.start("two")
            application.until("the first records", lambda: source.numbers <= application.delivered())
            took = time.monotonic() - started
            application.until("2/2", lambda: share(application.owners()) == [2, 2])
            source.next(300)
            application.until("the second records", lambda: source.numbers <= application.delivered())
            if "kill" in options:
                application.kill("one")
                source.next(300)
                application.until("all shards at the survivor", lambda: share(application.owners()) == [0, 4])
                application.until("the orphaned records", lambda: source.numbers <= application.delivered())
            if "split" in options:
                split(application, source, kinesis)
            if "scale" in options:
                scale(application, source, kinesis)
            application.until("the metrics", lambda: application.metrics() > 0)
            checkpoints = [entry for entry in application.journal() if entry["event"] == "checkpoint"]
            assert checkpoints, "no checkpoint"
            print(f"{judge(source, application.journal())}, first {took:.0f} s after the start, 2/2"
                  + "".join(f", {option}" for option in options))
        finally:
            application.stop()
        kinesis.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
