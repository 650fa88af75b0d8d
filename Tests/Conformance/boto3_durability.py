"""boto3 against `weir serve --durability interval:50 --segment-size`: the tag weir:durability, a killed server, and numbers that are
never given twice; the tag weir:segment-size. WEIR: the program."""
import pathlib, signal, subprocess, tempfile

from common import *

KEY = "weir:durability"
SKIPPED = 1 << 32


def index(number):
    """The place in the log: see docs/decisions/0002-sequence-numbers.md."""
    return int(number[25:45])


with tempfile.TemporaryDirectory() as folder:
    def start(*options):
        server, endpoint = start_server(folder, "--segment-size", str(1 << 20), *options)
        return server, boto3.client("kinesis", endpoint_url=endpoint, config=CONFIG)

    def read(k, stream):
        return [record["Data"] for record in read_shard(k, stream, "shardId-000000000000")[0]]

    server, k = start()
    try:
        # What may be lost is marked in the stream's folder as long as it may.
        marked = lambda stream: pathlib.Path(f"{folder}/data/streams/{stream}/UNSYNCED").exists()
        put = lambda stream, data: k.put_record(StreamName=stream, PartitionKey="k", Data=data)["SequenceNumber"]

        for value in ("often", "interval", "interval(0)", "interval(60001)", "interval(1.5)"):
            tags = {KEY: value}
            arn = "arn:aws:kinesis:us-east-1:000000000000:stream/always"
            if value == "often":
                k.create_stream(StreamName="always", ShardCount=1)
            for call, arguments in ((k.create_stream, dict(StreamName="bad", ShardCount=1, Tags=tags)),
                                    (k.add_tags_to_stream, dict(StreamName="always", Tags=tags)),
                                    (k.tag_resource, dict(ResourceARN=arn, Tags=tags))):
                code, message = refusal(call, **arguments)
                assert code == "InvalidArgumentException" and value in message and "1 to 60000 milliseconds" in message, message
        assert k.list_streams()["StreamNames"] == ["always"]
        put("always", b"0")
        assert not marked(1)

        # By CreateStream, and by TagResource on a stream that is there.
        k.create_stream(StreamName="loose", ShardCount=1, Tags={KEY: "interval(50)"})
        put("loose", b"0")
        assert marked(2)
        k.tag_resource(ResourceARN=arn, Tags={KEY: "interval:60000"})
        put("always", b"1")
        assert marked(1)
        # The answer to the call that takes it back comes when all is synced.
        k.remove_tags_from_stream(StreamName="always", TagKeys=[KEY])
        assert not marked(1)
        k.add_tags_to_stream(StreamName="always", Tags={KEY: "always"})
        k.add_tags_to_stream(StreamName="loose", Tags={KEY: "always"})
        assert not marked(2)
        k.add_tags_to_stream(StreamName="loose", Tags={KEY: "interval(60000)"})
        first = put("loose", b"1")
        assert marked(2)

        # A clean stop syncs, and nothing is skipped behind it. The tag is followed after the start, and the server's setting where
        # there is none.
        stop_server(server)
        assert not marked(1) and not marked(2)
        server, k = start("--durability", "interval:50")
        assert index(put("loose", b"2")) == index(first) + 1
        put("always", b"2")
        k.create_stream(StreamName="default", ShardCount=1)
        put("default", b"0")
        assert [marked(stream) for stream in (1, 2, 3)] == [False, True, True]

        # A killed server loses nothing that it acknowledged, however long the interval is; and behind it, numbers are skipped, since
        # nobody knows that it was not the power.
        kills, total, last = 5, 3, index(first) + 1
        for kill in range(kills):
            for _ in range(40):
                last = index(put("loose", str(total).encode()))
                total += 1
            answer = k.put_records(StreamName="loose", Records=[
                {"PartitionKey": "k", "Data": str(total + n).encode()} for n in range(100)])
            assert answer["FailedRecordCount"] == 0
            total += 100
            newest = answer["Records"][-1]["SequenceNumber"]
            stop_server(server, signal.SIGKILL)
            server, k = start("--durability", "interval:50")
            assert read(k, "loose") == [str(n).encode() for n in range(total)]
            # Whoever had read all goes on behind it.
            iterator = k.get_shard_iterator(StreamName="loose", ShardId="shardId-000000000000",
                                            ShardIteratorType="AFTER_SEQUENCE_NUMBER",
                                            StartingSequenceNumber=newest)["ShardIterator"]
            after = put("loose", str(total).encode())
            total += 1
            assert index(after) > index(newest) + SKIPPED - 1, (after, newest)
            assert [record["SequenceNumber"] for record in k.get_records(ShardIterator=iterator)["Records"]] == [after]
        assert read(k, "always") == [b"0", b"1", b"2"] and read(k, "default") == [b"0"]

        # Segments end at the size that was asked for: that of the server, or that of the tag, also after a start.
        segment_size = "weir:segment-size"
        code, message = refusal(k.create_stream, StreamName="bad", ShardCount=1, Tags={segment_size: "1048575"})
        assert code == "InvalidArgumentException" and "1048575" in message and "1048576 to 4294967296" in message, message
        k.create_stream(StreamName="large", ShardCount=1, Tags={segment_size: str(3 << 20)})
        fill = lambda stream: [k.put_records(StreamName=stream, Records=[{"PartitionKey": "k", "Data": bytes(100_000)}] * 9)
                               for _ in range(4)]
        sizes = lambda stream: [file.stat().st_size
                                for file in sorted(pathlib.Path(f"{folder}/data/streams/{stream}").glob("*.segment"))]
        fill("default")
        fill("large")
        stop_server(server)
        assert len(sizes(3)) >= 4 and all(size < 1_100_000 for size in sizes(3)), sizes(3)
        assert len(sizes(4)) == 2 and 2_700_000 < sizes(4)[0] < 3_200_000, sizes(4)
        server, k = start()
        fill("large")
        assert len(sizes(4)) == 3 and 2_700_000 < sizes(4)[1] < 3_200_000, sizes(4)
        k.remove_tags_from_stream(StreamName="large", TagKeys=[segment_size])
        fill("large")
        assert len(sizes(4)) == 7, sizes(4)
        stop_server(server)
        assert all(size < 1_100_000 for size in sizes(4)[3:]), sizes(4)
        verified = subprocess.run([os.environ["WEIR"], "log", "verify", f"{folder}/data"], capture_output=True, text=True)
        assert verified.returncode == 0, verified.stdout + verified.stderr
        server = None
    finally:
        if server:
            server.kill()
            server.wait()
    print(f"refused values, tags that take effect at once, {kills} kills and {total} records there, numbers skipped, segments of 1 MiB, and of 3 MiB by a tag")
