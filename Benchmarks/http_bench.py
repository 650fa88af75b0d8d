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


def main(weir, bare):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server, port = start(weir, "serve", "--data", f"{name}/data", "--port", "0", "--log-level", "error")
        try:
            before = time.monotonic(), machine_seconds() - processor_seconds(server) - sum(os.times()[:4])
            print(f"{'what':44} {'weir/s':>9} {'bare/s':>9} {'ratio':>6} {'µs CPU':>8} {'bare':>7} {'p50 ms':>8} {'p99 ms':>8}")
            for stream, shards in (("puts", 4), ("gets", 1)):
                call(port, "CreateStream", encode({"StreamName": stream, "ShardCount": shards}, JSON))
            for path in put_bodies(folder, "gets", 500, JSON, 20):
                call(port, "PutRecords", Path(path).read_bytes())
            cases = [("PutRecords, 500 of 1 KiB, JSON, 8 connections", "PutRecords", JSON, put_bodies(folder, "puts", 500, JSON), 8, 500),
                     ("PutRecords, 500 of 1 KiB, CBOR, 8 connections", "PutRecords", CBOR, put_bodies(folder, "puts", 500, CBOR), 8, 500),
                     ("PutRecord, 1 KiB, JSON, 64 connections", "PutRecord", JSON, put_bodies(folder, "puts", 1, JSON), 64, 1),
                     ("PutRecord, 1 KiB, JSON, 1 connection", "PutRecord", JSON, put_bodies(folder, "puts", 1, JSON), 1, 1),
                     ("GetRecords, 10 MiB of 1 KiB, JSON, 2 connections", "GetRecords", JSON, get_body(folder, port, "gets", JSON), 2, None),
                     ("GetRecords, 10 MiB of 1 KiB, CBOR, 2 connections", "GetRecords", CBOR, get_body(folder, port, "gets", CBOR), 2, None)]
            for title, action, kind, bodies, connections, records in cases:
                answer = call(port, action, Path(bodies[0]).read_bytes(), kind)
                if records is None:
                    # Counted in JSON: cbor2 takes the milliseconds of an AWS timestamp for seconds.
                    records = len(json.loads(call(port, action, Path(get_body(folder, port, "gets", JSON)[0]).read_bytes()))["Records"])
                (folder / "answer").write_bytes(answer)
                other, other_port = start(bare, f"{name}/answer")
                try:
                    load(port, server, action, kind, bodies, connections)
                    rate, cost, p50, p99 = load(port, server, action, kind, bodies, connections)
                    load(other_port, other, action, kind, bodies, connections)
                    bare_rate, bare_cost, _, _ = load(other_port, other, action, kind, bodies, connections)
                finally:
                    other.kill()
                    other.wait()
                print(f"{title:44} {rate * records:9.0f} {bare_rate * records:9.0f} {rate / bare_rate:6.2f} {cost / records:8.2f} "
                      f"{bare_cost / records:7.2f} {p50:8.2f} {p99:8.2f}", flush=True)
            foreign = machine_seconds() - processor_seconds(server) - sum(os.times()[:4]) - before[1]
            share = 100 * foreign / (os.cpu_count() * (time.monotonic() - before[0]))
            print(f"Records a second; the server's processor time a record. Other processes used {share:.0f} % of the machine.")
        finally:
            server.terminate()
            server.wait(30)


main(*sys.argv[1:])
