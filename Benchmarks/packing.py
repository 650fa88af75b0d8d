"""packing.py WEIR: what packing (compressing) full segments costs the appends that go on meanwhile. Records are flights as JSON of some 280
bytes, put in CBOR into four shards, SECONDS (5) seconds with packing off and on, in turn, ROUNDS (2) times, each by a new server with
segments of SEGMENT (4) MiB. `packer` is the time that the packing thread had of a processor, `packed` what it read."""
import os, statistics, sys, tempfile
from pathlib import Path

from harness import CBOR, HERE, TICKS, ForeignUse, Server, await_active, encode, wrk

SECONDS, ROUNDS, SEGMENT = (int(os.environ.get(name, value)) for name, value in (("SECONDS", 5), ("ROUNDS", 2), ("SEGMENT", 4)))
LOADS = (("PutRecord", 1, 1), ("PutRecord", 1, 64), ("PutRecords", 500, 1), ("PutRecords", 500, 8))


def flight_bodies(folder, records, count=8):
    lines = (HERE.parent / "Examples/Data/flights-2013-07-13.ndjson").read_bytes().splitlines()
    paths = []
    for number in range(count):
        chosen = [lines[(number * records + place) % len(lines)] for place in range(records)]
        entries = [{"Data": line, "PartitionKey": str(number * records + place)} for place, line in enumerate(chosen)]
        paths.append(Path(folder) / f"flights-{records}-{number}")
        paths[-1].write_bytes(encode({"StreamName": "s", **({"Records": entries} if records > 1 else entries[0])}, CBOR))
    return [str(path) for path in paths]


def packer_seconds(pid):
    """The threads that gave up their priority."""
    fields = [(task / "stat").read_text().rpartition(")")[2].split() for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int(one[11]) + int(one[12]) for one in fields if int(one[16]) > 0) / TICKS


def packed_bytes(folder):
    """Of the segments that are packed: their format version is 3."""
    files = [file for file in Path(folder).rglob("*.segment") if int.from_bytes(file.open("rb").read(12)[8:], "little") == 3]
    return len(files) * SEGMENT * 2**20


def measure(weir, action, records, connections, compression):
    with tempfile.TemporaryDirectory(prefix="weir-packing-") as folder:
        options = ("--compression", compression, "--segment-size", str(SEGMENT << 20))
        with Server(weir, f"{folder}/data", *options) as server:
            server.tell("CreateStream", StreamName="s", ShardCount=4)
            await_active(server, "s")
            bodies = flight_bodies(folder, records)
            pid = server.process.pid
            use, busy, packing = ForeignUse(pid), server.processor_seconds(), packer_seconds(pid)
            rate, p50, p99 = wrk(server.port, action, CBOR, bodies, connections, SECONDS)
            packing, busy = packer_seconds(pid) - packing, server.processor_seconds() - busy
            return rate * records, p50, p99, busy / SECONDS, packing / SECONDS, packed_bytes(folder) / SECONDS, use.share()


def main(weir):
    print(f"{'load':32} {'packing':8} {'records/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'server':>8} {'packer':>8} {'packed':>10} {'foreign':>8}")
    for action, records, connections in LOADS:
        found = {"none": [], "zstd": []}
        for _ in range(ROUNDS):
            for compression, results in found.items():
                results.append(measure(weir, action, records, connections, compression))
        medians = {name: [statistics.median(values) for values in zip(*results)] for name, results in found.items()}
        for compression, (rate, p50, p99, busy, packing, packed, foreign) in medians.items():
            title = f"{action}, {connections} in flight" if records == 1 else f"{action} of {records}, {connections} in flight"
            print(f"{title:32} {compression:8} {rate:10.0f} {p50:8.2f} {p99:8.2f} {100 * busy:6.0f} % {100 * packing:6.0f} % "
                  f"{packed / 2**20:5.0f} MB/s {100 * foreign:6.0f} %", flush=True)
        off, on = medians["none"], medians["zstd"]
        print(f"{'':32} {'ratio':8} {on[0] / off[0]:10.2f} {on[1] / off[1]:8.2f} {on[2] / off[2]:8.2f}", flush=True)


main(*sys.argv[1:])
