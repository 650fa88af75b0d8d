"""What the measurements in this folder share: servers, calls, load by wrk, peers in turn, and what processes use."""
import base64, json, os, random, resource, shutil, socket, statistics, subprocess, tempfile, time, urllib.request
from pathlib import Path

import cbor2

HERE, SECONDS = Path(__file__).resolve().parent, os.environ.get("SECONDS", "5")
TICKS = os.sysconf("SC_CLK_TCK")
JSON, CBOR = "application/x-amz-json-1.1", "application/x-amz-cbor-1.1"

# Servers and clients that are started from here may have as many files and connections open as the system allows: some have more than
# the thousand that a shell gives them.
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(_soft, min(_hard, 65_536)), _hard))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def encode(members, kind=JSON):
    if kind == CBOR:
        return cbor2.dumps(members)
    return json.dumps(members, default=lambda data: base64.b64encode(data).decode()).encode()


class Server:
    """`weir serve` on a folder. Its port is chosen before, so that the first request can be sent as early as possible."""

    def __init__(self, weir, folder, *options):
        self.port = free_port()
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [weir, "serve", "--data", str(folder), "--port", str(self.port), "--log-level", "error", *options],
            stdout=subprocess.DEVNULL)
        try:
            self.wait()
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        self.start_seconds = time.monotonic() - self.began

    def wait(self):
        """Until the first request is answered."""
        request = (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-amz-json-1.1\r\n"
                   b"X-Amz-Target: Kinesis_20131202.ListStreams\r\nContent-Length: 2\r\n\r\n{}")
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
                    connection.sendall(request)
                    assert connection.recv(4096).startswith(b"HTTP/1.1 200")
                    return
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() - self.began > 120:
                    raise SystemExit(f"the server did not start (status {self.process.poll()})")
                time.sleep(0.0005)

    def call(self, action, members, kind=JSON):
        body = members if isinstance(members, bytes) else encode(members, kind)
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", body,
                                         {"Content-Type": kind, "X-Amz-Target": f"Kinesis_20131202.{action}"})
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.read()

    def tell(self, action, **members):
        return json.loads(self.call(action, members) or b"{}")

    def memory(self, field="VmRSS"):
        """Bytes: VmRSS now, VmHWM at most since the start or `forget_peak`."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith(field + ":")).split()[1]) * 1024

    def forget_peak(self):
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def processor_seconds(self):
        return processor_seconds(self.process.pid)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class ForeignUse:
    """Which part of the machine others than some processes, and this one and its children, use meanwhile."""

    def __init__(self, *pids):
        self.pids, self.began, self.before = pids, time.monotonic(), self.now(pids)

    @staticmethod
    def now(pids):
        ticks = [int(number) for number in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        own = sum(processor_seconds(pid) for pid in pids) + sum(os.times()[:4])
        return (sum(ticks) - ticks[3] - ticks[4]) / TICKS - own

    def share(self):
        used = max(0, self.now(self.pids) - self.before)
        return used / (os.cpu_count() * max(0.01, time.monotonic() - self.began))


def wrk(port, action, kind, bodies, connections, seconds=SECONDS):
    """Requests a second, p50 and p99 in ms."""
    environment = {**os.environ, "BODIES": ",".join(bodies), "TARGET": f"Kinesis_20131202.{action}", "TYPE": kind}
    output = subprocess.run(["wrk", "--latency", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s",
                             str(HERE / "post.lua"), f"http://127.0.0.1:{port}"],
                            env=environment, capture_output=True, text=True, check=True).stdout
    result = next(line for line in output.splitlines() if line.startswith("RESULT")).split()
    requests, took, errors, p50, p99 = result[1:]
    assert int(errors) == 0, f"{errors} errors in {action}"
    return int(requests) / float(took), float(p50), float(p99)


def put_bodies(folder, streams, records, kind=JSON, count=8, size=1024, seed=1):
    """Files with requests that put so many records, to the streams in turn."""
    source, paths = random.Random(seed), []
    for number in range(max(count, len(streams))):
        entries = [{"Data": source.randbytes(size), "PartitionKey": str(source.randrange(10**9))} for _ in range(records)]
        members = {"StreamName": streams[number % len(streams)], **({"Records": entries} if records > 1 else entries[0])}
        path = Path(folder) / f"put-{records}-{kind[-8:-4]}-{seed}-{number}"
        path.write_bytes(encode(members, kind))
        paths.append(str(path))
    return paths


def await_active(server, stream):
    while server.tell("DescribeStreamSummary", StreamName=stream)["StreamDescriptionSummary"]["StreamStatus"] != "ACTIVE":
        time.sleep(0.02)


def compile_client(folder, name, *libraries):
    """The path of a client in C (peers/NAME.c), made in a folder; None where there is no compiler, or one of the libraries is not there."""
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if compiler is None:
        return None
    client = Path(folder) / name
    made = subprocess.run([compiler, "-O2", "-o", str(client), str(HERE / "peers" / f"{name}.c"), "-lpthread", *libraries],
                          capture_output=True, text=True)
    if made.returncode and not libraries:
        raise SystemExit(made.stderr)
    return None if made.returncode else str(client)


class Comparison:
    """Figures of several servers that are measured in turn, on the same machine, in rounds: their medians count."""

    def __init__(self, name):
        self.prefix, self.rows = f"weir-{name}-", {}

    def run(self, rounds, makers, measure):
        """`makers(folder)` gives a name for each server, and what starts it in a folder; `measure` is called with it. One that is started has
        `pids`, which are its processes, and `stop`."""
        scratch = Path(tempfile.mkdtemp(prefix=self.prefix))
        try:
            made = list(makers(scratch))
            for _ in range(rounds):
                for label, make in made:
                    # One server at a time, on new files: none competes with another for memory or the disk.
                    folder = scratch / label
                    folder.mkdir()
                    peer = make(folder)
                    try:
                        measure(peer)
                    finally:
                        peer.stop()
                        shutil.rmtree(folder, ignore_errors=True)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def note(self, key, peer, body):
        """Notes the figures that a measurement of a server gives, a rate first, and what others used of the machine meanwhile."""
        use = ForeignUse(*peer.pids)
        figures = body()
        self.rows.setdefault(key, []).append((*figures, use.share()))

    def medians(self):
        """Of each key, in the order in which they came."""
        return {key: [statistics.median(column) for column in zip(*rows)] for key, rows in self.rows.items()}
