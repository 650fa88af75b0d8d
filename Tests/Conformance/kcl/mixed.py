"""mixed.py: a Swift worker, `weir consume`, and the unmodified Java KCL 2.5.8 as one application on one lease table.

The program WEIR names is the Swift worker. Judged: four shards are shared 2/2 whoever was first; each takes everything over
when the other is killed, and gives half back to a new one; after a split the parent is read to its end before its children, and
five shards are shared 3/2; after an orderly end of the Swift worker the other reads on; every event is delivered, and those of a
key come in the order they were put.
"""
import json, os, signal, subprocess, sys, tempfile, threading, time

from kcl import Application, Source, judge, share

import common
from common import client, fresh_stream

# Three seconds instead of ten: the KCL looks for leases to take at an interval of twice this.
FAILOVER = 3_000


class MixedApplication(Application):
    """Workers of both makers. Those whose name begins with "swift" are Swift's."""

    def start(self, worker):
        if not worker.startswith("swift"):
            return super().start(worker)
        command = [os.environ["WEIR"], "consume", *self.names(), "--application", self.name, "--worker", worker,
                   "--from", "trim-horizon", "--failover-time", str(self.failover), "--format", "json",
                   "--endpoint", common.ENDPOINT]
        with open(self.folder / f"{worker}.log", "w") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)
        self.workers[worker] = process
        threading.Thread(target=self.note, args=(worker, process.stdout), daemon=True).start()

    def names(self):
        """The streams to read."""
        return [self.stream]

    def note(self, worker, lines):
        """Writes what a Swift worker prints into a journal of the form of the other's."""
        with open(self.folder / f"{worker}.jsonl", "a", buffering=1) as journal:
            for line in lines:
                record = json.loads(line)
                journal.write(json.dumps({"at": time.time(), "stream": record.get("StreamName"), "shard": record["ShardId"], "event": "records",
                                          "numbers": [record["SequenceNumber"]], "data": [record["Data"]]}) + "\n")

    def end(self, worker):
        """An orderly end."""
        process = self.workers.pop(worker)
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0, f"{worker} ended with {process.returncode}"


def main():
    # The workers are in sessions of their own: whoever ends this script must not leave them behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    kinesis, figures = client(), []
    with tempfile.TemporaryDirectory() as folder:
        stream = fresh_stream(kinesis, 4)
        source = Source(kinesis, stream)
        application = MixedApplication(stream, "2.5.8", "POLLING", "cbor", folder, failover=FAILOVER)

        def deliver(count, what):
            """Puts events, and gives the seconds until all are delivered."""
            began = time.monotonic()
            source.next(count)
            application.until(what, lambda: source.numbers <= application.delivered())
            return time.monotonic() - began

        def shared(expected, *workers):
            began = time.monotonic()
            application.until(f"{expected} of {workers}", lambda: share(application.owners(), workers) == expected)
            return time.monotonic() - began

        try:
            application.start("swift-1")
            deliver(100, "the first records")
            application.start("java-1")
            figures.append(f"2/2 {shared([2, 2], 'swift-1', 'java-1'):.0f} s after Java came")
            deliver(200, "the records of both")

            application.kill("swift-1")
            figures.append(f"Java took over in {deliver(200, 'the orphans of Swift'):.1f} s")
            application.start("swift-2")
            figures.append(f"2/2 {shared([2, 2], 'swift-2', 'java-1'):.0f} s after Swift came back")

            application.kill("java-1")
            figures.append(f"Swift took over in {deliver(200, 'the orphans of Java'):.1f} s")
            shared([4], "swift-2")
            application.start("java-2")
            shared([2, 2], "swift-2", "java-2")

            judge_split(application, source, kinesis)
            figures.append(f"3/2 {shared([2, 3], 'swift-2', 'java-2'):.0f} s after a split")
            application.end("swift-2")
            figures.append(f"Java took what Swift released in {deliver(100, 'the rest'):.1f} s")
            journal = application.journal()
            twice = sum(len(entry["numbers"]) for entry in journal if entry["event"] == "records") - len(source.put)
            print(f"{judge(source, journal)}, {twice} twice; " + ", ".join(figures))
        finally:
            application.stop()
        kinesis.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)


def judge_split(application, source, kinesis):
    """Splits a shard, puts records behind, and sees the parent read before its children, whoever reads which."""
    parent = kinesis.list_shards(StreamName=source.stream)["Shards"][0]
    source.next(100)
    low, high = (int(parent["HashKeyRange"][edge]) for edge in ("StartingHashKey", "EndingHashKey"))
    kinesis.split_shard(StreamName=source.stream, ShardToSplit=parent["ShardId"], NewStartingHashKey=str((low + high) // 2))
    source.next(300)
    application.until("the children's records", lambda: source.numbers <= application.delivered())
    children = {shard["ShardId"] for shard in kinesis.list_shards(StreamName=source.stream)["Shards"]
                if shard.get("ParentShardId") == parent["ShardId"]}
    first, last = {}, 0.0
    seen = set()
    for entry in application.journal():
        if entry["event"] != "records":
            continue
        if entry["shard"] == parent["ShardId"] and not seen.issuperset(entry["numbers"]):
            seen.update(entry["numbers"])
            last = entry["at"]
        elif entry["shard"] in children:
            first.setdefault(entry["shard"], entry["at"])
    assert first.keys() == children and min(first.values()) >= last, (first, last)


if __name__ == "__main__":
    main()
