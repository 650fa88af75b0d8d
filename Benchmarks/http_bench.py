"""http_bench.py WEIR BARE: how fast `weir serve` answers, as figures of this machine and as a ratio to a bare SwiftNIO server that reads
the same bodies and answers the same bytes, both under wrk in the same run, on the same cores. Everything that Weir acknowledges
is synced before. SECONDS is how long each measurement takes (5)."""
import base64, json, os, random, subprocess, sys, tempfile, time, urllib.request
from pathlib import Path

import cbor2

HERE, SECONDS = Path(__file__).resolve().parent, os.environ.get("SECONDS", "5")
TICKS = os.sysconf("SC_CLK_TCK")
JSON, CBOR = "application/x-amz-json-1.1", "application/x-amz-cbor-1.1"


def call(port, action, body, kind=JSON):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", body,
                                     {"Content-Type": kind, "X-Amz-Target": f"Kinesis_20131202.{action}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def encode(members, kind):
    if kind == CBOR:
        return cbor2.dumps(members)
    return json.dumps(members, default=lambda data: base64.b64encode(data).decode()).encode()


def start(*command):
    """A server, and its port: the last number of its first line, or the one behind the last colon of its URL."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    word = next(word for word in process.stdout.readline().split() if word.isdigit() or word.startswith("http"))
    return process, int(word.rsplit(":", 1)[-1])


def processor_seconds(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def machine_seconds():
    ticks = [int(number) for number in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / TICKS


def load(port, process, action, kind, bodies, connections):
    """Requests a second, the server's processor time a request in µs, p50 and p99 in ms."""
    environment = {**os.environ, "BODIES": ",".join(bodies), "TARGET": f"Kinesis_20131202.{action}", "TYPE": kind}
    before = processor_seconds(process)
    output = subprocess.run(["wrk", "--latency", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "30s", "-s",
                             str(HERE / "post.lua"), f"http://127.0.0.1:{port}"],
                            env=environment, capture_output=True, text=True, check=True).stdout
    used = processor_seconds(process) - before
    requests, seconds, errors, p50, p99 = next(line for line in output.splitlines() if line.startswith("RESULT")).split()[1:]
    assert int(errors) == 0, f"{errors} errors in {action}"
    return int(requests) / float(seconds), used * 1e6 / int(requests), float(p50), float(p99)


def put_bodies(folder, stream, records, kind, count=8):
    source, paths = random.Random(1), []
    for number in range(count):
        entries = [{"Data": source.randbytes(1024), "PartitionKey": str(source.randrange(10**9))} for _ in range(records)]
        members = {"StreamName": stream, **({"Records": entries} if records > 1 else entries[0])}
        path = folder / f"put-{records}-{kind[-8:-4]}-{number}"
        path.write_bytes(encode(members, kind))
        paths.append(str(path))
    return paths


def get_body(folder, port, stream, kind):
    iterator = json.loads(call(port, "GetShardIterator", encode(
        {"StreamName": stream, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}, JSON)))
    path = folder / f"get-{kind[-8:-4]}"
    path.write_bytes(encode({"ShardIterator": iterator["ShardIterator"], "Limit": 10_000}, kind))
    return [str(path)]


CASES = [("PutRecords, 500 of 1 KiB, JSON, 8 connections", "PutRecords", JSON, 8, 500),
         ("PutRecords, 500 of 1 KiB, CBOR, 8 connections", "PutRecords", CBOR, 8, 500),
         ("PutRecord, 1 KiB, JSON, 64 connections", "PutRecord", JSON, 64, 1),
         ("PutRecord, 1 KiB, JSON, 1 connection", "PutRecord", JSON, 1, 1),
         ("GetRecords, 10 MiB of 1 KiB, JSON, 2 connections", "GetRecords", JSON, 2, None),
         ("GetRecords, 10 MiB of 1 KiB, CBOR, 2 connections", "GetRecords", CBOR, 2, None)]


def measure(weir, bare, folder, action, kind, connections, records):
    """A case on a server of its own, over a folder of its own, which is removed then: so each case finds the same memory for
    the system's cache of files."""
    server, port = start(weir, "serve", "--data", f"{folder}/data", "--port", "0", "--log-level", "error")
    try:
        call(port, "CreateStream", encode({"StreamName": "records", "ShardCount": 1 if records is None else 4}, JSON))
        if records is None:
            for path in put_bodies(folder, "records", 500, JSON, 20):
                call(port, "PutRecords", Path(path).read_bytes())
            # Counted in JSON: cbor2 takes the milliseconds of an AWS timestamp for seconds.
            counted = call(port, action, Path(get_body(folder, port, "records", JSON)[0]).read_bytes())
            records = len(json.loads(counted)["Records"])
            bodies = get_body(folder, port, "records", kind)
        else:
            bodies = put_bodies(folder, "records", records, kind)
        (folder / "answer").write_bytes(call(port, action, Path(bodies[0]).read_bytes(), kind))
        other, other_port = start(bare, f"{folder}/answer")
        try:
            load(port, server, action, kind, bodies, connections)
            rate, cost, p50, p99 = load(port, server, action, kind, bodies, connections)
            load(other_port, other, action, kind, bodies, connections)
            bare_rate, bare_cost, _, _ = load(other_port, other, action, kind, bodies, connections)
        finally:
            other.kill()
            other.wait()
        print(f"{rate * records:9.0f} {bare_rate * records:9.0f} {rate / bare_rate:6.2f} {cost / records:8.2f} "
              f"{bare_cost / records:7.2f} {p50:8.2f} {p99:8.2f}", flush=True)
    finally:
        server.terminate()
        server.wait(30)


def main(weir, bare):
    before = time.monotonic(), machine_seconds() - sum(os.times()[:4])
    print(f"{'what':48} {'weir/s':>9} {'bare/s':>9} {'ratio':>6} {'µs CPU':>8} {'bare':>7} {'p50 ms':>8} {'p99 ms':>8}")
    for title, *case in CASES:
        with tempfile.TemporaryDirectory() as name:
            print(f"{title:48} ", end="", flush=True)
            measure(weir, bare, Path(name), *case)
    foreign = machine_seconds() - sum(os.times()[:4]) - before[1]
    share = 100 * foreign / (os.cpu_count() * (time.monotonic() - before[0]))
    print(f"Records a second; the server's processor time a record. Other processes used {share:.0f} % of the machine.")


main(*sys.argv[1:])
