"""memory.py WEIR: how much memory the server takes: at rest; at most under the loads of http_bench.py, each for SECONDS (20) seconds, told for
each quarter of that time, so that what grows is seen; under clients that send or read slowly; and for CONNECTIONS (what the
limit of open files allows, 19,000 at most) idle connections that were used once. Peaks are the kernel's (VmHWM), and so do not miss what a sample would."""
import multiprocessing, os, resource, socket, sys, tempfile, threading, time
from pathlib import Path

from harness import CBOR, JSON, ForeignUse, Server, await_active, encode, put_bodies, wrk

SECONDS = int(os.environ.get("SECONDS", "20"))
MEBI = 2**20


def get_body(folder, server, stream, kind):
    iterator = server.tell("GetShardIterator", StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")
    path = Path(folder) / f"get-{kind[-8:-4]}"
    path.write_bytes(encode({"ShardIterator": iterator["ShardIterator"], "Limit": 10_000}, kind))
    return [str(path)]


def line(title, peaks, rate, after, use):
    parts = " ".join(f"{peak / MEBI:7.1f}" for peak in peaks)
    print(f"{title:50} {parts} {after / MEBI:8.1f} {rate:10.0f} {100 * use.share():6.0f} %", flush=True)


def under_load(server, title, action, kind, bodies, connections):
    use, peaks, rates = ForeignUse(server.process.pid), [], []
    for _ in range(4):
        server.forget_peak()
        rates.append(wrk(server.port, action, kind, bodies, connections, max(1, SECONDS // 4))[0])
        peaks.append(server.memory("VmHWM"))
    line(title, peaks, sum(rates) / 4, server.memory(), use)


def slow_readers(server, bodies, count=64):
    """Clients that ask for 10 MiB and read none of it for a while."""
    use, body = ForeignUse(server.process.pid), Path(bodies[0]).read_bytes()
    head = (f"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: {JSON}\r\nX-Amz-Target: Kinesis_20131202.GetRecords\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()
    server.forget_peak()
    clients = []
    for _ in range(count):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", server.port))
        client.sendall(head + body)
        clients.append(client)
    time.sleep(SECONDS / 4)
    peak = server.memory("VmHWM")
    for client in clients:
        client.close()
    time.sleep(1)
    line(f"GetRecords, {count} clients that do not read", [peak], 0, server.memory(), use)


def slow_writers(server, bodies, count=64):
    """Clients that send all of a PutRecords but its last byte."""
    use, body = ForeignUse(server.process.pid), Path(bodies[0]).read_bytes()
    head = (f"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: {JSON}\r\nX-Amz-Target: Kinesis_20131202.PutRecords\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()
    server.forget_peak()

    def send(client):
        try:
            client.sendall((head + body)[:-1])
        except OSError:
            pass

    clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(count)]
    threads = [threading.Thread(target=send, args=(client,), daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS / 4)
    peak = server.memory("VmHWM")
    for client in clients:
        client.shutdown(socket.SHUT_RDWR)
        client.close()
    for thread in threads:
        thread.join(10)
    time.sleep(1)
    line(f"PutRecords, {count} clients that do not send the end", [peak], 0, server.memory(), use)


def connect(port, addresses, count, results, finish):
    """In a process of its own, whose files are its own: opens connections, uses each once, and holds them."""
    body = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: Kinesis_20131202.ListStreams\r\nContent-Length: 2\r\n\r\n{}"
    clients = []
    try:
        for number in range(count):
            client = socket.create_connection(("127.0.0.1", port), source_address=(addresses[number % len(addresses)], 0), timeout=30)
            client.sendall(body)
            if not client.recv(4096).startswith(b"HTTP/1.1 200"):
                break
            clients.append(client)
    except OSError as error:
        print(f"connection {len(clients)}: {error}", file=sys.stderr)
    results.put(len(clients))
    finish.wait()


def idle_connections(weir, folder):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wanted = int(os.environ.get("CONNECTIONS", min(19_000, hard - max(hard // 20, 64))))
    with Server(weir, folder, "--max-connections", str(wanted + 16)) as server:
        use, before, files_before = ForeignUse(server.process.pid), server.memory(), server.files()
        results, finish = multiprocessing.Queue(), multiprocessing.Event()
        client = multiprocessing.Process(
            target=connect, args=(server.port, [f"127.0.0.{number}" for number in range(2, 6)], wanted, results, finish))
        client.start()
        try:
            count = results.get(timeout=120)
            time.sleep(1)
            after, files = server.memory(), server.files()
            # A machine so busy that the first are over their idle time before the last are there measures fewer.
            count = min(count, files - files_before)
        finally:
            finish.set()
            client.join()
        time.sleep(1)
        print(f"{count} idle connections: {(after - before) / max(1, count) / 1024:.1f} KiB each (bar 12), RSS {before / MEBI:.1f} -> {after / MEBI:.1f} MiB, "
              f"{server.memory() / MEBI:.1f} MiB when they have gone; {files} files. Others used {100 * use.share():.0f} % of the machine.")


def main(weir):
    with tempfile.TemporaryDirectory(prefix="weir-memory-") as folder:
        with Server(weir, f"{folder}/data") as server:
            server.tell("CreateStream", StreamName="puts", ShardCount=4)
            server.tell("CreateStream", StreamName="gets", ShardCount=1)
            await_active(server, "puts")
            await_active(server, "gets")
            use = ForeignUse(server.process.pid)
            time.sleep(2)
            print(f"{'MiB of memory':50} {'peaks of the quarters':>31} {'after':>8} {'requests/s':>10} {'foreign':>8}")
            line("at rest (bar 40 MB)", [server.memory()], 0, server.memory(), use)
            for path in put_bodies(folder, ["gets"], 500, JSON, 20):
                server.call("PutRecords", Path(path).read_bytes())
            large = put_bodies(folder, ["puts"], 10, JSON, 4, size=1_000_000 // 2, seed=2)
            under_load(server, "PutRecords, 500 of 1 KiB, JSON, 8 connections", "PutRecords", JSON, put_bodies(folder, ["puts"], 500, JSON), 8)
            under_load(server, "PutRecords, 500 of 1 KiB, CBOR, 8 connections", "PutRecords", CBOR, put_bodies(folder, ["puts"], 500, CBOR), 8)
            under_load(server, "PutRecords, 10 of 500 kB, JSON, 64 connections", "PutRecords", JSON, large, 64)
            under_load(server, "PutRecord, 1 KiB, JSON, 64 connections", "PutRecord", JSON, put_bodies(folder, ["puts"], 1, JSON), 64)
            gets = {kind: get_body(folder, server, "gets", kind) for kind in (JSON, CBOR)}
            under_load(server, "GetRecords, 10 MiB of 1 KiB, JSON, 2 connections", "GetRecords", JSON, gets[JSON], 2)
            under_load(server, "GetRecords, 10 MiB of 1 KiB, CBOR, 2 connections", "GetRecords", CBOR, gets[CBOR], 2)
            under_load(server, "GetRecords, 10 MiB of 1 KiB, JSON, 64 connections", "GetRecords", JSON, gets[JSON], 64)
            slow_readers(server, gets[JSON])
            slow_writers(server, large)
        idle_connections(weir, f"{folder}/idle")


main(*sys.argv[1:])
