"""boto3 against `weir serve --compression zstd` and the tag weir:compression: the folder becomes smaller, every kind of iterator finds
its place in what was compressed, over a restart and a kill, and weir log reads it. WEIR: the program; EVENTS: JSON records."""
import pathlib, signal, subprocess, tempfile

from common import *

KEY = "weir:compression"
RECORDS, MORE, SHARDS = 13_000, 3500, 3


with tempfile.TemporaryDirectory() as folder:
    def start(*options):
        server, endpoint = start_server(folder, "--segment-size", str(1 << 20), *options)
        return server, boto3.client("kinesis", endpoint_url=endpoint, config=CONFIG)

    def files(stream):
        return sorted(pathlib.Path(f"{folder}/data/streams/{stream}").glob("*.segment"))

    def size(stream):
        return sum(file.stat().st_size for file in files(stream))

    def packed(stream):
        """How many of the files are compressed: their format version is 3."""
        return sum(int.from_bytes(file.open("rb").read(12)[8:], "little") == 3 for file in files(stream))

    def all_packed(stream):
        return packed(stream) == len(files(stream)) - 1

    def verify():
        return subprocess.run([os.environ["WEIR"], "log", "verify", f"{folder}/data"], capture_output=True, text=True)

    events = open(os.environ["EVENTS"], "rb").read().splitlines()
    record = lambda number: b'{"number":%d,' % number + events[number % len(events)][1:]

    def put(k, stream, numbers):
        """[(shard, sequence number)]"""
        answers = []
        for first in range(0, len(numbers), 500):
            answer = k.put_records(StreamName=stream, Records=[
                {"PartitionKey": f"k{number % 7}", "Data": record(number)} for number in numbers[first:first + 500]])
            assert answer["FailedRecordCount"] == 0
            answers += [(one["ShardId"], one["SequenceNumber"]) for one in answer["Records"]]
        return answers

    def read(k, stream, shard, limit=10_000, **start):
        iterator = k.get_shard_iterator(StreamName=stream, ShardId=shard, **start)["ShardIterator"]
        records = []
        while True:
            answer = k.get_records(ShardIterator=iterator, Limit=limit)
            records += answer["Records"]
            if not answer["Records"] and answer["MillisBehindLatest"] == 0:
                return records
            iterator = answer["NextShardIterator"]

    def check(k, stream, written):
        """All iterator types, in every shard."""
        for shard in sorted({shard for shard, _ in written}):
            own = [(number, sequence) for number, (one, sequence) in enumerate(written) if one == shard]
            everything = read(k, stream, shard, ShardIteratorType="TRIM_HORIZON")
            assert [(one["Data"], one["SequenceNumber"]) for one in everything] == [(record(n), s) for n, s in own]
            assert read(k, stream, shard, ShardIteratorType="LATEST") == []
            for place in range(0, len(own), len(own) // 2):
                after = [record(number) for number, _ in own[place:]]
                for kind, expected in (("AT_SEQUENCE_NUMBER", after), ("AFTER_SEQUENCE_NUMBER", after[1:])):
                    found = read(k, stream, shard, ShardIteratorType=kind, StartingSequenceNumber=own[place][1])
                    assert [one["Data"] for one in found] == expected, (shard, kind, place)
                # boto3 sends whole seconds.
                arrival = everything[place]["ApproximateArrivalTimestamp"].replace(microsecond=0)
                first = next(n for n, one in enumerate(everything) if one["ApproximateArrivalTimestamp"] >= arrival)
                found = read(k, stream, shard, limit=3000, ShardIteratorType="AT_TIMESTAMP", Timestamp=arrival)
                assert [one["SequenceNumber"] for one in found] == [sequence for _, sequence in own[first:]], (shard, place)

    server, k = start()
    try:
        k.create_stream(StreamName="s", ShardCount=SHARDS)
        arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
        for value in ("gzip", "ZSTD", "zstd(3)"):
            code, message = refusal(k.tag_resource, ResourceARN=arn, Tags={KEY: value})
            assert code == "InvalidArgumentException" and message.endswith("it is none or zstd."), message

        # What was full before the tag was set is compressed too, and the newest file is not.
        written = put(k, "s", range(RECORDS))
        before, count = size(1), len(files(1))
        assert count > 3 and packed(1) == 0
        k.tag_resource(ResourceARN=arn, Tags={KEY: "zstd"})
        until("the folder becomes smaller", lambda: all_packed(1))
        after = size(1)
        assert after < before / 2, (before, after)
        check(k, "s", written)

        # A clean stop and a kill: all is there.
        stop_server(server)
        server, k = start()
        check(k, "s", written)
        written += put(k, "s", range(RECORDS, RECORDS + MORE))
        stop_server(server, signal.SIGKILL)
        server, k = start()
        check(k, "s", written)
        until("all is compressed", lambda: all_packed(1))
        verified = verify()
        assert verified.returncode == 0 and str(RECORDS + MORE) in verified.stdout, verified.stdout + verified.stderr
        dumped = subprocess.run([os.environ["WEIR"], "log", "dump", f"{folder}/data"], capture_output=True, text=True)
        lines = dumped.stdout.splitlines()
        assert dumped.returncode == 0 and [int(line.split()[1]) for line in lines] == list(range(1, RECORDS + MORE + 1))

        # Switched off, what is compressed stays so, and what is full from then on stays as it is.
        k.untag_resource(ResourceARN=arn, TagKeys=[KEY])
        count = packed(1)
        written += put(k, "s", range(RECORDS + MORE, RECORDS + 3 * MORE))
        assert packed(1) == count and len(files(1)) > count + 1
        check(k, "s", written)

        # The server's setting, for streams without the tag.
        stop_server(server)
        server, k = start("--compression", "zstd")
        k.create_stream(StreamName="plain", ShardCount=1, Tags={KEY: "none"})
        other = put(k, "plain", range(2 * MORE))
        until("all is compressed", lambda: all_packed(1))
        assert packed(2) == 0
        check(k, "s", written)
        check(k, "plain", other)

        # A flipped bit is found, and costs no more than the records that were compressed with it.
        stop_server(server)
        damaged = files(1)[0]
        with damaged.open("r+b") as file:
            file.seek(4096 + 64 + 1000)
            byte = file.read(1)[0]
            file.seek(-1, 1)
            file.write(bytes([byte ^ 1]))
        verified = verify()
        assert verified.returncode == 1 and "the block of" in verified.stdout, verified.stdout + verified.stderr
        server, k = start()
        left = sum(len(read(k, "s", f"shardId-{n:012}", ShardIteratorType="TRIM_HORIZON")) for n in range(SHARDS))
        assert 0 < len(written) - left < 1000, (len(written), left)
        stop_server(server)
        server = None
    finally:
        if server:
            server.kill()
            server.wait()
    print(f"{before:,} bytes became {after:,}; all iterators found their places, over a stop and a kill; a bit cost {len(written) - left} records")
