"""shards.py WEIR: whether cost grows with the work alone: the same load over 1 to 5,000 shards of one stream, and over 1 to 1,000 streams of one
shard. For each: PutRecords of 500 x 1 KiB on 8 connections as fast as it goes (records a second, the server's processor time a record),
PutRecord of 1 KiB at a fixed rate of RATE (2,000) a second in an open loop (p99, from when each was due), one shard read from the trim horizon, and then the server's
memory, open files and threads, and how long it takes to start on what it has written. SECONDS is how long each load takes (5)."""
import json, os, selectors, socket, statistics, sys, tempfile, time
from pathlib import Path

import cbor2

from harness import CBOR, JSON, ForeignUse, Server, await_active, encode, put_bodies, wrk

SECONDS, RATE = int(os.environ.get("SECONDS", "5")), int(os.environ.get("RATE", "2000"))
SHARDS = [int(number) for number in os.environ.get("SHARDS", "1,10,100,1000,5000").split(",")]
STREAMS = [int(number) for number in os.environ.get("STREAMS", "1,100,1000").split(",")]


def message(action, body, kind=JSON):
    return (f"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\nX-Amz-Target: Kinesis_20131202.{action}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def open_loop(port, messages, rate, seconds, connections=32):
    """The latencies in ms of requests that are due at a fixed rate, from when they were due. Late ones count from then too."""
    selector, free, latencies, due_of = selectors.DefaultSelector(), [], [], {}
    sockets = []
    for _ in range(connections):
        client = socket.create_connection(("127.0.0.1", port))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(client, selectors.EVENT_READ)
        free.append(client)
        sockets.append(client)
    begin, sent, count = time.perf_counter(), 0, int(rate * seconds)
    while len(latencies) < count:
        now = time.perf_counter()
        while sent < count and free and begin + sent / rate <= now:
            client = free.pop()
            due_of[client] = begin + sent / rate
            client.sendall(messages[sent % len(messages)])
            sent += 1
        wait = max(0, begin + sent / rate - time.perf_counter()) if sent < count and free else 1
        for key, _ in selector.select(wait):
            client = key.fileobj
            answer = client.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200"), answer[:300]
            latencies.append((time.perf_counter() - due_of[client]) * 1000)
            free.append(client)
    for client in sockets:
        client.close()
    return latencies


def replay(server, stream, shard):
    """Records a second of one shard from the trim horizon."""
    iterator = server.tell("GetShardIterator", StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    records, began = 0, time.monotonic()
    while True:
        answer = json.loads(server.call("GetRecords", encode({"ShardIterator": iterator, "Limit": 10_000})))
        records += len(answer["Records"])
        iterator = answer.get("NextShardIterator")
        if not answer["Records"] and not answer["MillisBehindLatest"] or not iterator:
            return records / (time.monotonic() - began)


def measure(weir, streams, shards):
    with tempfile.TemporaryDirectory(prefix="weir-shards-") as folder:
        folder = Path(folder)
        with Server(weir, folder / "data", "--log-level", "error") as server:
            names = [f"s{number}" for number in range(streams)]
            began = time.monotonic()
            for name in names:
                server.tell("CreateStream", StreamName=name, ShardCount=shards)
            for name in names:
                await_active(server, name)
            made = time.monotonic() - began
            use = ForeignUse(server.process.pid)
            bodies = put_bodies(folder, names, 500, CBOR, 8)
            wrk(server.port, "PutRecords", CBOR, bodies, 8, 2)
            before = server.processor_seconds()
            rate, _, _ = wrk(server.port, "PutRecords", CBOR, bodies, 8, SECONDS)
            cost = (server.processor_seconds() - before) / max(1, rate * SECONDS * 500)
            singles = [message("PutRecord", Path(path).read_bytes()) for path in put_bodies(folder, names, 1, JSON, 64)]
            latencies = sorted(open_loop(server.port, singles, RATE, SECONDS))
            # A shard that has records: of many, most random keys leave some empty.
            read = replay(server, names[0], server.tell("PutRecords", **cbor2.loads(Path(bodies[0]).read_bytes()))["Records"][0]["ShardId"])
            row = (rate * 500, cost * 1e6, statistics.median(latencies), latencies[int(0.99 * len(latencies))], read,
                   server.memory() / 2**20, server.files(), server.threads(), 100 * use.share())
        with Server(weir, folder / "data") as again:
            start = again.start_seconds
        print(f"{streams:8} {shards:8} {made:8.1f} {row[0]:10.0f} {row[1]:8.2f} {row[2]:8.2f} {row[3]:8.2f} {row[4]:10.0f} {row[5]:8.0f} {row[6]:6} {row[7]:8} "
              f"{start * 1000:9.0f} {row[8]:6.0f} %", flush=True)


def main(weir):
    print(f"{'streams':>8} {'shards':>8} {'made in':>8} {'put rec/s':>10} {'µs CPU':>8} {'p50 ms':>8} {'p99 ms':>8} {'read rec/s':>10} {'RSS MiB':>8} {'files':>6} {'threads':>8} "
          f"{'start ms':>9} {'foreign':>8}")
    for shards in SHARDS:
        measure(weir, 1, shards)
    for streams in STREAMS:
        measure(weir, streams, 1)


main(*sys.argv[1:])
