"""failover.py WEIR: how long the shards of an application stand still when a worker comes, ends or is killed.

Two workers, each a process, read eight shards of one `weir serve`, to each of which a record is put every 20 ms. Swift workers
(`weir consume`) with each fail-over time of FAILOVER (1,3,10 seconds), ROUNDS (1) times, then the Java KCL 2.5.8 with its defaults
and 10 seconds (JAVA=0 leaves it out; it takes about six minutes). A time is the longest of all shards concerned; "twice" counts
the records that were delivered more than once meanwhile.
"""
import json, os, signal, statistics, subprocess, sys, tempfile, threading, time
from collections import Counter
from pathlib import Path

from harness import ForeignUse, HERE, Server, await_active

SHARDS, BEAT = 8, 0.02
FAILOVER = [float(text) for text in os.environ.get("FAILOVER", "1,3,10").split(",")]
ROUNDS = int(os.environ.get("ROUNDS", "1"))


class Journal:
    """Which worker delivered what, and when."""

    def __init__(self):
        self.entries, self.changed = [], threading.Condition()

    def note(self, at, worker, shard, number):
        with self.changed:
            self.entries.append((at, worker, shard, number))
            self.changed.notify_all()

    def first(self, shards, since, limit=200, workers=None):
        """{shard: time} of the first records that were delivered after `since`, by one of the workers, once there is one for
        each shard."""
        deadline, found, seen = time.time() + limit, {}, 0
        while len(found) < len(shards):
            with self.changed:
                fresh, seen = self.entries[seen:], len(self.entries)
                if not fresh:
                    self.changed.wait(0.5)
            for at, worker, shard, _ in fresh:
                if at >= since and shard in shards and (workers is None or worker in workers):
                    found.setdefault(shard, at)
            if time.time() > deadline:
                raise SystemExit(f"no records of {sorted(shards - found.keys())} within {limit} s")
        return found

    def owners(self, window=3.0):
        """{shard: worker} of the last record of each shard, of those delivered lately. The KCL looks for records each 1.5 s."""
        with self.changed:
            return {shard: worker for at, worker, shard, _ in self.entries if at >= time.time() - window}

    def await_share(self, counts, limit=400):
        deadline = time.time() + limit
        while sorted(Counter(self.owners().values()).values()) != sorted(counts):
            if time.time() > deadline:
                raise SystemExit(f"shared {Counter(self.owners().values())} instead of {counts} after {limit} s")
            time.sleep(0.1)

    def twice(self, since):
        with self.changed:
            numbers = Counter(number for _, _, _, number in self.entries)
            late = {number for at, _, _, number in self.entries if at >= since}
        return sum(numbers[number] - 1 for number in late)


class SwiftWorkers:
    def __init__(self, weir, server, stream, failover, journal, folder):
        self.command = [weir, "consume", stream, "--application", stream, "--from", "trim-horizon", "--format", "json",
                        "--failover-time", str(int(failover * 1000)), "--endpoint", f"http://127.0.0.1:{server.port}"]
        self.journal, self.folder, self.running = journal, folder, {}

    def start(self, name):
        with open(self.folder / f"{name}.log", "w") as log:
            process = subprocess.Popen([*self.command, "--worker", name], stdout=subprocess.PIPE, stderr=log, text=True)
        self.running[name] = process
        threading.Thread(target=self.follow, args=(name, process.stdout), daemon=True).start()

    def follow(self, name, lines):
        for line in lines:
            at, record = time.time(), json.loads(line)
            self.journal.note(at, name, record["ShardId"], record["SequenceNumber"])

    def signal(self, name, number):
        self.running.pop(name).send_signal(number)

    def stop(self):
        for process in self.running.values():
            process.kill()


class JavaWorkers:
    def __init__(self, weir, server, stream, failover, journal, folder):
        sys.path.insert(0, str(HERE.parent / "Tests" / "Conformance" / "kcl"))
        os.environ.update(EVENTS="", ENDPOINT=f"http://127.0.0.1:{server.port}")
        import kcl
        self.application = kcl.Application(stream, "2.5.8", "POLLING", "cbor", folder, failover=int(failover * 1000),
                                           shard_sync=60_000)
        self.journal, self.folder, self.seen = journal, folder, Counter()
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self):
        """Its processors write a line a batch, with the time."""
        while self.folder.exists():
            for path in self.folder.glob("*.jsonl"):
                with open(path) as file:
                    file.seek(self.seen[path])
                    while (line := file.readline()).endswith("\n"):
                        self.seen[path] = file.tell()
                        entry = json.loads(line)
                        for number in entry.get("numbers", []):
                            self.journal.note(entry["at"], path.stem, entry["shard"], number)
            time.sleep(0.02)

    def start(self, name):
        self.application.start(name)

    def signal(self, name, number):
        os.killpg(self.application.workers.pop(name).pid, number)

    def stop(self):
        self.application.stop()


class Beat:
    """Puts a record into each open shard, again and again."""

    def __init__(self, server, stream):
        self.server, self.stream, self.keys, self.stopped = server, stream, [], threading.Event()
        self.look()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def look(self):
        """Takes note of the shards. Gives the name and the hash range of each that is open."""
        shards = self.server.tell("ListShards", StreamName=self.stream, ShardFilter={"Type": "AT_LATEST"})["Shards"]
        self.keys = [shard["HashKeyRange"]["StartingHashKey"] for shard in shards]
        return {shard["ShardId"]: shard["HashKeyRange"] for shard in shards}

    def run(self):
        while not self.stopped.wait(BEAT):
            self.server.tell("PutRecords", StreamName=self.stream, Records=[
                {"Data": b"beat", "PartitionKey": "beat", "ExplicitHashKey": key} for key in self.keys])

    def stop(self):
        self.stopped.set()
        self.thread.join()


def split(server, stream, beat):
    """Splits a shard, and gives its children and when they were there."""
    shard, hashes = next(iter(beat.look().items()))
    middle = (int(hashes["StartingHashKey"]) + int(hashes["EndingHashKey"])) // 2
    before = beat.look().keys()
    server.tell("SplitShard", StreamName=stream, ShardToSplit=shard, NewStartingHashKey=str(middle))
    at = time.time()
    await_active(server, stream)
    return beat.look().keys() - before, at


def renewals(log, seconds=20):
    """Writes to the lease table in a second, while nothing is put. Each is an UpdateItem."""
    begin = sum("UpdateItem" in line for line in open(log))
    time.sleep(seconds)
    return (sum("UpdateItem" in line for line in open(log)) - begin) / seconds


def measure(weir, makers, failover):
    """{row: seconds or a number} of one application from its first start on."""
    with tempfile.TemporaryDirectory(prefix="weir-failover-") as scratch:
        folder, log = Path(scratch) / "workers", Path(scratch) / "access.log"
        folder.mkdir()
        with Server(weir, Path(scratch) / "data", "--access-log", str(log)) as server:
            server.tell("CreateStream", StreamName="beats", ShardCount=SHARDS)
            await_active(server, "beats")
            journal, beat = Journal(), Beat(server, "beats")
            workers = makers(weir, server, "beats", failover, journal, folder)
            try:
                result = figures(server, workers, journal, beat, log)
                print(f"measured: {makers.__name__}, fail-over time {failover:g} s", {row: round(value, 2) for row, value in result.items()},
                      file=sys.stderr, flush=True)
                return result
            finally:
                workers.stop()
                beat.stop()


def figures(server, workers, journal, beat, log):
    result = {}

    def note(row, shards, since, names=None):
        times = journal.first(set(shards), since, workers=names)
        result[row] = max(times.values()) - since

    began = time.time()
    workers.start("one")
    note("cold start, first record of all 8", beat.look(), began)

    began = time.time()
    workers.start("two")
    journal.await_share([SHARDS // 2, SHARDS // 2])
    mine = {shard for shard, worker in journal.owners().items() if worker == "two"}
    note("a worker joins: its 4 of 8", mine, began, {"two"})
    result["  twice, when it joined"] = journal.twice(began)

    children, began = split(server, "beats", beat)
    note("children after the split", children, began)
    shards = set(beat.look())
    journal.await_share([4, 5])

    orphans = {shard for shard, worker in journal.owners().items() if worker == "one"} & shards
    began = time.time()
    workers.signal("one", signal.SIGKILL)
    note("crash, to the first record elsewhere", orphans, began, {"two"})

    workers.start("three")
    journal.await_share([4, 5])
    orphans = {shard for shard, worker in journal.owners().items() if worker == "two"} & shards
    began = time.time()
    workers.signal("two", signal.SIGTERM)
    note("clean end, to the first record elsewhere", orphans, began, {"three"})
    result["  twice, at the clean end"] = journal.twice(began)

    beat.stop()
    result["writes a lease and second, at rest"] = renewals(log) / len(shards)
    return result


def main(weir):
    os.environ.update(AWS_ACCESS_KEY_ID="any", AWS_SECRET_ACCESS_KEY="any", AWS_DEFAULT_REGION="us-east-1",
                      AWS_EC2_METADATA_DISABLED="true")
    use, columns = ForeignUse(), {}
    for failover in FAILOVER:
        rounds = [measure(weir, SwiftWorkers, failover) for _ in range(ROUNDS)]
        columns[f"Swift, {failover:g} s"] = {row: statistics.median(figures[row] for figures in rounds) for row in rounds[0]}
    if os.environ.get("JAVA") != "0":
        columns["Java, 10 s"] = measure(weir, JavaWorkers, 10)
    rows = next(iter(columns.values()))
    print(f"{'seconds, but for the counts':42}" + "".join(f"{title:>14}" for title in columns))
    for row in rows:
        print(f"{row:42}" + "".join(f"{figures[row]:14.2f}" for figures in columns.values()))
    print(f"foreign use of the processors: {100 * use.share():.0f} %")


main(*sys.argv[1:])
