"""Raw HTTP: `weir serve` is killed (SIGKILL) again and again while connections put records, shards are split and merged and streams
come and go, and now and then while it starts; what was acknowledged must be there, once, in order. Now and then a call brings a
megabyte, which is written as a large group commit, without zeros behind it. WEIR: the program; KILLS (100);
DURABILITY (always); COMPRESSION (none): with zstd, files are small, so that many are compressed."""
import base64, http.client, json, os, pathlib, random, signal, struct, subprocess, sys, tempfile, threading, time

KILLS = int(os.environ.get("KILLS", "100"))
DURABILITY = os.environ.get("DURABILITY", "always")
COMPRESSION = os.environ.get("COMPRESSION", "none")
SEED = int(os.environ.get("SEED", time.time_ns() % 1_000_000))
WRITERS = 6
LARGE_COUNT, LARGE_SIZE = 500, 2048
# Bytes of a group commit from which on no zeros are written behind it: LogOptions.swift.
LARGE_COMMIT = 512 << 10
chance = random.Random(SEED)


class Gone(Exception):
    """The server does not answer any more."""


class Connection:
    def __init__(self, port):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def call(self, action, **members):
        """(status, answer)"""
        try:
            self.http.request("POST", "/", json.dumps(members),
                              {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Kinesis_20131202.{action}"})
            answer = self.http.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Gone from error
        return answer.status, json.loads(body) if body else {}

    def must(self, action, **members):
        status, answer = self.call(action, **members)
        assert status == 200, (action, members, status, answer)
        return answer


class Writer:
    """Puts numbered records under one key, never one twice; what is not answered may be there or not."""

    def __init__(self, number):
        self.key, self.next, self.random = f"w{number}", 0, random.Random(SEED + number)
        self.acknowledged = []  # [(number, shard, sequence number)]
        # Large calls: how many were acknowledged, and how many a kill cut off.
        self.large, self.large_cut = 0, 0

    def run(self, port):
        connection, is_large = Connection(port), False
        # Few, for all of it is read in the end: one in a round, if at all.
        large_call = self.random.randrange(80)
        try:
            while True:
                is_large, large_call = large_call == 0, large_call - 1
                count = LARGE_COUNT if is_large else self.random.choice((1, 1, 1, 3, 10))
                numbers = range(self.next, self.next + count)
                self.next += count
                records = [{"PartitionKey": self.key, "Data": data(self.key, number, LARGE_SIZE if is_large else number * 37 % 400)}
                           for number in numbers]
                if count == 1:
                    status, answer = connection.call("PutRecord", StreamName="s", **records[0])
                    answers = [answer]
                else:
                    status, answer = connection.call("PutRecords", StreamName="s", Records=records)
                    answers = answer.get("Records", [])
                assert status == 200, (status, answer)
                for number, one in zip(numbers, answers):
                    if "SequenceNumber" in one:
                        self.acknowledged.append((number, one["ShardId"], int(one["SequenceNumber"])))
                self.large += is_large
        except Gone:
            self.large_cut += is_large


class Administrator:
    """Splits and merges the shards of the stream, and makes and deletes others."""

    def __init__(self):
        self.random, self.count, self.streams, self.uncertain, self.reshards = random.Random(SEED - 1), 0, set(), set(), 0

    def run(self, port):
        connection = Connection(port)
        try:
            while True:
                self.step(connection)
        except Gone:
            pass

    def step(self, connection):
        name = f"t{self.count}"
        self.count += 1
        self.change(connection, "CreateStream", name, ShardCount=2)
        if self.random.random() < 0.7:
            self.change(connection, "DeleteStream", name)
        shards = [s for s in connection.must("ListShards", StreamName="s")["Shards"]
                  if "EndingSequenceNumber" not in s["SequenceNumberRange"]]
        shards.sort(key=lambda s: int(s["HashKeyRange"]["StartingHashKey"]))
        if len(shards) < 6:
            shard = self.random.choice(shards)
            low, high = (int(shard["HashKeyRange"][key]) for key in ("StartingHashKey", "EndingHashKey"))
            connection.must("SplitShard", StreamName="s", ShardToSplit=shard["ShardId"],
                            NewStartingHashKey=str(low + (high - low) // 2))
        else:
            place = self.random.randrange(len(shards) - 1)
            connection.must("MergeShards", StreamName="s", ShardToMerge=shards[place]["ShardId"],
                            AdjacentShardToMerge=shards[place + 1]["ShardId"])
        self.reshards += 1

    def change(self, connection, action, name, **members):
        self.uncertain.add(name)
        connection.must(action, StreamName=name, **members)
        self.uncertain.discard(name)
        (self.streams.add if action == "CreateStream" else self.streams.discard)(name)

    def check(self, connection):
        names, last = [], None
        while True:
            answer = connection.must("ListStreams", Limit=1000, **({"ExclusiveStartStreamName": last} if last else {}))
            names += answer["StreamNames"]
            if not answer["HasMoreStreams"]:
                break
            last = names[-1]
        names = set(names) - {"s"}
        assert names - self.uncertain == self.streams - self.uncertain, (names ^ self.streams, self.uncertain)
        # What there is can be read and written, and is deleted here, so that they do not become many.
        for name in sorted(names):
            connection.must("PutRecord", StreamName=name, PartitionKey="k", Data="eA==")
            connection.must("DeleteStream", StreamName=name)
        self.streams.clear()
        self.uncertain.clear()


def data(key, number, size):
    return base64.b64encode(f"{key}:{number}:{size}:".encode() + b"x" * size).decode()


def what(record):
    """The writer's key and the number of a record, which must be whole."""
    key, number, size, _ = base64.b64decode(record["Data"]).decode().split(":")
    assert record["Data"] == data(key, number, int(size)) and record["PartitionKey"] == key, record
    return key, int(number)


def commits(files):
    """The bytes of each group commit in the segments that are not compressed: their frames tell the first index that was not synced
    before, which those of a commit share (docs/formats/log.md)."""
    for file in files:
        content, first, size, offset = file.read_bytes(), None, 0, 4096
        _, version, _, base = struct.unpack_from("<8sIIQ", content)
        while version < 3 and offset + 32 <= len(content):
            _, payload, index, _, _, distance = struct.unpack_from("<IIQqII", content, offset)
            if index != base:
                break
            if index - distance != first:
                yield size
                first, size = index - distance, 0
            base, frame = base + 1, (32 + payload + 7) // 8 * 8
            size, offset = size + frame, offset + frame
        yield size


class Server:
    def __init__(self, folder):
        self.log = open(f"{folder}/log", "ab")
        self.process = subprocess.Popen([os.environ["WEIR"], "serve", "--data", f"{folder}/data", "--port", "0", "--create", "s:3",
                                         "--durability", DURABILITY, "--compression", COMPRESSION,
                                         *(["--segment-size", str(1 << 20)] if COMPRESSION != "none" else [])],
                                        stdout=subprocess.PIPE, stderr=self.log)

    def port(self):
        line = self.process.stdout.readline().decode()
        assert line, f"weir serve ended: {self.process.wait()}"
        return int(line.split()[3].rsplit(":", 1)[1])

    def end(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        status = self.process.wait()
        self.process.stdout.close()
        self.log.close()
        return status


def read_all(connection):
    """{writer's key: [(number, shard, sequence number)]}, in the order of the sequence numbers of each shard."""
    found, total = {}, 0
    token = {"StreamName": "s"}
    shards = []
    while token:
        answer = connection.must("ListShards", **token)
        shards += answer["Shards"]
        token = {"NextToken": answer["NextToken"]} if answer.get("NextToken") else None
    for shard in shards:
        name, last = shard["ShardId"], 0
        iterator = connection.must("GetShardIterator", StreamName="s", ShardId=name, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        while iterator:
            answer = connection.must("GetRecords", ShardIterator=iterator, Limit=10_000)
            for record in answer["Records"]:
                sequence = int(record["SequenceNumber"])
                assert sequence > last, f"{name}: {sequence} after {last}"
                last = sequence
                key, number = what(record)
                found.setdefault(key, []).append((number, name, sequence))
                total += 1
            iterator = answer.get("NextShardIterator")
            if not answer["Records"] and answer["MillisBehindLatest"] == 0:
                break
    return found, total, len(shards)


def check_newest(connection, writers):
    """The newest acknowledged record of each writer, which is the likeliest to be lost."""
    for writer in writers:
        for number, shard, sequence in writer.acknowledged[-1:]:
            iterator = connection.must("GetShardIterator", StreamName="s", ShardId=shard, ShardIteratorType="AT_SEQUENCE_NUMBER",
                                       StartingSequenceNumber=str(sequence))["ShardIterator"]
            records = connection.must("GetRecords", ShardIterator=iterator, Limit=1)["Records"]
            assert records and what(records[0]) == (writer.key, number), f"{writer.key}:{number} is lost"


with tempfile.TemporaryDirectory() as folder:
    writers, administrator, started = [Writer(n) for n in range(WRITERS)], Administrator(), []
    begun, early, server = time.monotonic(), 0, None
    try:
        for kill in range(KILLS):
            server = Server(folder)
            if kill > 0 and chance.random() < 0.25:
                time.sleep(chance.random() * 1.2 * min(started))
                server.end()
                early += 1
                continue
            moment = time.monotonic()
            port = server.port()
            started.append(time.monotonic() - moment)
            connection = Connection(port)
            check_newest(connection, writers)
            if kill % 5 == 4:
                administrator.check(connection)
            threads = [threading.Thread(target=one.run, args=(port,)) for one in [*writers, administrator]]
            for thread in threads:
                thread.start()
            time.sleep(chance.random() * 0.35)
            server.end()
            for thread in threads:
                thread.join()
        server = Server(folder)
        connection = Connection(server.port())
        administrator.check(connection)
        found, total, shards = read_all(connection)
        count = 0
        for writer in writers:
            there = sorted(found.get(writer.key, []), key=lambda one: one[2])
            numbers = [one[0] for one in there]
            assert numbers == sorted(set(numbers)), f"{writer.key}: not once, or not in order"
            missing = set(writer.acknowledged) - set(there)
            assert not missing, f"{writer.key}: {len(missing)} acknowledged records are lost: {sorted(missing)[:3]}"
            assert set(numbers) <= set(range(writer.next))
            count += len(writer.acknowledged)
        # A test that puts hardly anything shows nothing.
        assert count > 20 * KILLS, count
        large, large_cut = sum(writer.large for writer in writers), sum(writer.large_cut for writer in writers)
        assert large >= KILLS // 10 and large_cut >= KILLS // 60, (large, large_cut)
        files = sorted(pathlib.Path(f"{folder}/data/streams/1").glob("*.segment"))
        if DURABILITY == "always" and COMPRESSION == "none":
            # They are on disk as the commits that they should be, the newest ones too.
            sizes = [size for size in commits(files) if size >= LARGE_COMMIT]
            assert len(sizes) >= large / 2, (len(sizes), large)
        if COMPRESSION != "none":
            # Compressed files are of format version 3: see docs/formats/log.md.
            versions = [int.from_bytes(file.open("rb").read(12)[8:], "little") for file in files]
            assert versions.count(3) > 0, versions
        assert server.end(signal.SIGTERM) == 0
        server = None
    except BaseException:
        print(f"SEED={SEED}", file=sys.stderr)
        raise
    finally:
        if server and server.process.poll() is None:
            server.end()
    print(f"{KILLS} kills ({early} while it started) in {time.monotonic() - begun:.0f} s, {count} records acknowledged and there, "
          f"{total - count} more that were not, {large} calls of a megabyte and {large_cut} that were cut off, {administrator.reshards} reshards to {shards} shards; "
          f"start {1000 * sum(started) / len(started):.0f} ms")
