"""multi.py: one application over two streams on one lease table, with a Swift worker, `weir consume STREAM STREAM`, and the
unmodified Java KCL 2.5.8 in its multi-stream mode (MultiStream.java).

The program WEIR names is the Swift worker. Judged: the four shards of both streams are shared 2/2; a split of a shard whose ID
both streams have is followed in its own stream, and five shards are shared 3/2; each takes everything over when the other is
killed; every event of each stream is delivered, and those of a key come in the order they were put.
"""
import glob, json, os, signal, subprocess, sys, tempfile, time

from kcl import HERE, Source, judge, share
from mixed import FAILOVER, MixedApplication

import common
from common import client, fresh_stream


class MultiApplication(MixedApplication):
    """Workers of both makers that read several streams."""

    def __init__(self, streams, folder):
        super().__init__(streams[0], "2.5.8", "POLLING", "cbor", folder, failover=FAILOVER)
        self.streams = streams

    def names(self):
        return self.streams

    def start(self, worker):
        if worker.startswith("swift"):
            return super().start(worker)
        jars = glob.glob(f"{self.environment}/lib/python*/site-packages/amazon_kclpy/jars")[0]
        command = ["java", "-Xmx300m", "-cp", f"{jars}/*", str(HERE / "MultiStream.java"), self.name, worker, common.ENDPOINT,
                   str(self.failover), str(self.folder / f"{worker}.jsonl"), *map(identity, self.streams)]
        with open(self.folder / f"{worker}.log", "w") as log:
            self.workers[worker] = subprocess.Popen(command, env={**os.environ, "AWS_REGION": "us-east-1"}, stdout=log,
                                                    stderr=log, start_new_session=True)

    def leases(self):
        pages = client("dynamodb").get_paginator("scan").paginate(TableName=self.name)
        return [item for page in pages for item in page["Items"]]

    def owners(self):
        return {lease["leaseKey"]["S"]: lease.get("leaseOwner", {}).get("S") for lease in self.leases()
                if lease["checkpoint"]["S"] != "SHARD_END"}


def identity(stream):
    """What tells the stream from others, as the KCL writes it."""
    summary = client().describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    account = summary["StreamARN"].split(":")[4]
    return f"{account}:{stream}:{int(summary['StreamCreationTimestamp'].timestamp())}"


def main():
    # The workers are in sessions of their own: whoever ends this script must not leave them behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    kinesis, figures = client(), []
    with tempfile.TemporaryDirectory() as folder:
        streams = [fresh_stream(kinesis, 2), fresh_stream(kinesis, 2)]
        sources = [Source(kinesis, stream) for stream in streams]
        application = MultiApplication(streams, folder)

        def deliver(count, what):
            """Puts events into both streams, and gives the seconds until all are delivered."""
            began = time.monotonic()
            for source in sources:
                source.next(count)
            application.until(what, lambda: all(source.numbers <= application.delivered() for source in sources))
            return time.monotonic() - began

        def shared(expected, *workers):
            application.until(f"{expected} of {workers}", lambda: share(application.owners(), workers) == expected)

        try:
            application.start("swift-1")
            deliver(100, "the first records")
            application.start("java-1")
            shared([2, 2], "swift-1", "java-1")
            deliver(100, "the records of both")
            split(kinesis, streams[1])
            deliver(200, "the children's records")
            shared([2, 3], "swift-1", "java-1")
            application.kill("swift-1")
            figures.append(f"Java took over in {deliver(100, 'the orphans of Swift'):.1f} s")
            shared([5], "java-1")
            application.start("swift-2")
            shared([2, 3], "swift-2", "java-1")
            application.kill("java-1")
            figures.append(f"Swift took over in {deliver(100, 'the orphans of Java'):.1f} s")
            for lease in application.leases():
                assert lease["leaseKey"]["S"] == f"{lease['streamName']['S']}:{lease['shardId']['S']}", lease
            application.end("swift-2")
            journal = application.journal()
            done = [judge(source, [entry for entry in journal if entry["stream"] == source.stream]) for source in sources]
            print(f"{' and '.join(done)}, 3/2, " + ", ".join(figures))
        finally:
            application.stop()
        for stream in streams:
            kinesis.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)


def split(kinesis, stream):
    parent = kinesis.list_shards(StreamName=stream)["Shards"][0]
    low, high = (int(parent["HashKeyRange"][edge]) for edge in ("StartingHashKey", "EndingHashKey"))
    kinesis.split_shard(StreamName=stream, ShardToSplit=parent["ShardId"], NewStartingHashKey=str((low + high) // 2))


if __name__ == "__main__":
    main()
