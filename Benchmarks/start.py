"""start.py WEIR: from the start of `weir serve` to its first answered request, and its memory when idle: on an empty folder, and
on one with GIGABYTES (10) of records of 1 KiB in SHARDS (1,000) shards of STREAMS (1) streams, which this makes below TMPDIR and removes. The large
folder is measured with what is in the page cache, and, where this may drop it, without. STOP=kill ends the server that filled
the folder by SIGKILL, so that the start has to recover."""
import os, shutil, statistics, sys, tempfile
from pathlib import Path

from harness import CBOR, ForeignUse, Server, await_active, put_bodies, wrk

GIGABYTES, SHARDS, STREAMS = (float(os.environ.get(name, value)) for name, value in (("GIGABYTES", 10), ("SHARDS", 1000), ("STREAMS", 1)))


def drop_cache():
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3")
        return True
    except OSError:
        return False


def size(folder):
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


def measure(title, weir, folder, runs=5, bar=None, cold=False):
    use, times = ForeignUse(), []
    for _ in range(runs):
        if cold and not drop_cache():
            return
        with Server(weir, folder) as server:
            times.append(server.start_seconds * 1000)
            memory, files, threads = server.memory(), server.files(), server.threads()
    print(f"{title:42} {statistics.median(times):8.1f} {max(times):8.1f} {bar:8} {memory / 2**20:8.1f} {files:7} {threads:7} {100 * use.share():7.0f} %", flush=True)


def fill(weir, folder, scratch):
    streams = [f"s{number}" for number in range(int(STREAMS))]
    with Server(weir, folder) as server:
        for stream in streams:
            server.tell("CreateStream", StreamName=stream, ShardCount=max(1, int(SHARDS / STREAMS)))
        for stream in streams:
            await_active(server, stream)
        bodies = put_bodies(scratch, streams, 500, CBOR, 40)
        while size(folder) < GIGABYTES * 1e9:
            wrk(server.port, "PutRecords", CBOR, bodies, 8, 5)
        if os.environ.get("STOP") == "kill":
            server.process.kill()
            server.process.wait()


def main(weir):
    scratch = Path(tempfile.mkdtemp(prefix="weir-start-"))
    try:
        print(f"{'folder':42} {'p50 ms':>8} {'max ms':>8} {'bar ms':>8} {'RSS MiB':>8} {'files':>7} {'threads':>7} {'foreign':>9}")
        folders = iter(range(1000))
        use, times = ForeignUse(), []
        for _ in range(10):
            with Server(weir, scratch / f"empty-{next(folders)}") as server:
                times.append(server.start_seconds * 1000)
                memory, files, threads = server.memory(), server.files(), server.threads()
        print(f"{'a new folder':42} {statistics.median(times):8.1f} {max(times):8.1f} {50:8} {memory / 2**20:8.1f} {files:7} {threads:7} {100 * use.share():7.0f} %", flush=True)
        measure("an empty data folder", weir, scratch / "empty-0", 10, bar=50)
        if GIGABYTES > 0:
            fill(weir, scratch / "data", scratch)
            title = f"{size(scratch / 'data') / 1e9:.1f} GB, {SHARDS:.0f} shards, {STREAMS:.0f} streams"
            measure(title, weir, scratch / "data", bar=1000)
            measure(title + ", cold", weir, scratch / "data", 3, bar=1000, cold=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


main(*sys.argv[1:])
