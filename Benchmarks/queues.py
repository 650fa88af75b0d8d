"""queues.py WEIR: deliveries of a queue a second that are received and acknowledged, by Weir and by RabbitMQ, in the same run on the same machine,
for 1, 8 and 64 consumers. Records are of 1 KiB, RECORDS of them (100,000) for each measurement, ROUNDS rounds (3), of which the median counts. PEER
(classic or quorum) measures that kind of RabbitMQ's queues only.
*backlog*: they are put before, and the consumers empty the queue. *beside*: they are put while they are consumed, 1,000 in flight;
the time is until the last is acknowledged. *wake*: 100 a second are put one by one to consumers that wait: how long from sending
one until a consumer has it, for WAKE_SECONDS (5).

What each has on disk is not the same, and Weir has more:
* Weir syncs a record before its put is answered, a delivery before the record is given, an acknowledgement before it is answered.
  A consumer receives 10 records a call; it asks for the next while the acknowledgement of the last is under way, and waits for both.
* RabbitMQ's classic durable queue with persistent messages has a message on disk when it confirms the publish. Deliveries are not on disk; an
  acknowledgement has no answer, and is on disk some time later, or not, when the process ends. A quorum queue (of one member, here)
  writes acknowledgements to its log, which is synced, but its consumers are not told either.
* RabbitMQ's consumers acknowledge 10 messages at a time (`multiple`), and may have 10 unacknowledged (prefetch), as Weir's have; or
  100, so that more come while an acknowledgement is under way, which is RabbitMQ's best form.

Both clients are in C (peers/weirqueue.c and rabbitqueue.c), with a thread and a connection for each consumer. RabbitMQ is Debian's rabbitmq-server, whose
node runs as the current user in a folder of its own, with librabbitmq-dev for the client; where one is not there, it is left out.
Files are made below TMPDIR: it should be on the disk that is meant."""
import os, shutil, signal, socket, statistics, subprocess, sys, tempfile, time
from pathlib import Path

from harness import HERE, ForeignUse, Server, await_active, free_port

RECORDS, ROUNDS = int(os.environ.get("RECORDS", "100000")), int(os.environ.get("ROUNDS", "3"))
PEER, WAKE_SECONDS = os.environ.get("PEER", ""), int(os.environ.get("WAKE_SECONDS", "5"))
CONSUMERS, SIZE, BATCH, SHARDS = (1, 8, 64), 1024, 10, 4
RABBIT = "/usr/lib/rabbitmq/bin/rabbitmq-server"


def compile_client(folder, name, *libraries):
    """The path of a client; nil with a line that says why."""
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if compiler is None:
        raise SystemExit("There is no C compiler for the clients (Benchmarks/peers).")
    client = folder / name
    made = subprocess.run([compiler, "-O2", "-o", str(client), str(HERE / "peers" / f"{name}.c"), "-lpthread", *libraries], capture_output=True, text=True)
    if made.returncode and not libraries:
        raise SystemExit(made.stderr)
    return None if made.returncode else str(client)


def run(client, port, *arguments):
    output = subprocess.run([client, str(port), *map(str, arguments)], capture_output=True, text=True)
    if output.returncode or not output.stdout.startswith("RESULT"):
        raise SystemExit(f"{Path(client).name} {' '.join(map(str, arguments))}: {output.stderr or output.stdout}")
    count, took, p50, p99 = output.stdout.split()[1:]
    return int(count) / max(1e-6, float(took)), float(p50), float(p99)


class Weir:
    def __init__(self, client, weir, folder):
        self.client, self.server, self.queues = client, Server(weir, folder / "data"), 0
        self.pids, self.stop, self.forms = [self.server.process.pid], self.server.stop, ["Weir"]

    def run(self, form, mode, consumers):
        # A stream of its own for each queue, so that none delivers the records of another.
        self.queues += 1
        stream = f"s{self.queues}"
        self.server.tell("CreateStream", StreamName=stream, ShardCount=SHARDS)
        await_active(self.server, stream)
        arn = self.server.tell("DescribeStreamSummary", StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
        self.server.tell("UpdateStreamMode", StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
        queue = self.server.tell("CreateQueue", QueueName=f"q{self.queues}", StreamConfigurationList=[
            {"StreamARN": arn, "StartingPosition": {"Type": "TRIM_HORIZON"}}])["QueueDescription"]["QueueARN"]
        try:
            if mode == "wake":
                return run(self.client, self.server.port, "wake", queue, consumers, 100, WAKE_SECONDS, SIZE, stream)
            if mode == "beside":
                return run(self.client, self.server.port, "beside", queue, consumers, BATCH, RECORDS, stream, SIZE)
            run(self.client, self.server.port, "fill", stream, RECORDS, SIZE)
            return run(self.client, self.server.port, "drain", queue, consumers, BATCH, RECORDS)
        finally:
            self.server.tell("DeleteQueue", QueueARN=queue)
            self.server.tell("DeleteStream", StreamName=stream)


class Rabbit:
    """A node of its own: no file, port or name of another is touched."""

    def __init__(self, client, folder):
        self.client, self.queues = client, 0
        self.port, epmd = free_port(), free_port()
        name = f"weir-bench-{os.getpid()}@localhost"
        (folder / "rabbitmq.conf").write_text("disk_free_limit.absolute = 100MB\n")
        (folder / "plugins").write_text("[].\n")
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "ERL_EPMD_PORT": str(epmd), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": name, "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()), "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"), "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"), "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced"), "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "environment"),
        }
        # The daemon that finds nodes by name; one of our own ends with us.
        self.epmd = subprocess.Popen(["epmd", "-port", str(epmd), "-address", "127.0.0.1"])
        self.output = open(folder / "output", "wb")
        self.process = subprocess.Popen([RABBIT], env=environment, cwd=folder, stdout=self.output, stderr=self.output, start_new_session=True)
        try:
            self.wait(folder)
        except BaseException:
            self.stop()
            raise
        self.pids = [int((folder / "pid").read_text())]
        self.forms = [f"RabbitMQ {kind}, prefetch {prefetch}" for kind in ("classic", "quorum") if PEER in ("", kind)
                      for prefetch in (10, 100)]

    def wait(self, folder):
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                # It listens a little before all of it is up.
                time.sleep(2)
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise SystemExit(f"rabbitmq-server did not start: {(folder / 'output').read_text()[-500:]}")
                time.sleep(0.1)

    def run(self, form, mode, consumers):
        self.queues += 1
        queue, kind, prefetch = f"q{self.queues}", form.split()[1].rstrip(","), form.split()[-1]
        if mode == "wake":
            return run(self.client, self.port, "wake", queue, kind, consumers, 100, WAKE_SECONDS, SIZE)
        if mode == "beside":
            return run(self.client, self.port, "beside", queue, kind, consumers, prefetch, BATCH, RECORDS, SIZE)
        run(self.client, self.port, "fill", queue, kind, RECORDS, SIZE)
        return run(self.client, self.port, "drain", queue, consumers, prefetch, BATCH, RECORDS)

    def stop(self):
        # The node is in a session of its own, with the shell that started it, and may end after that.
        os.killpg(self.process.pid, signal.SIGTERM)
        deadline = time.monotonic() + 30
        while self.is_there():
            if time.monotonic() > deadline:
                os.killpg(self.process.pid, signal.SIGKILL)
            time.sleep(0.05)
        # The node starts another where its own is gone, so it comes last.
        self.epmd.terminate()
        self.epmd.wait()
        self.output.close()

    def is_there(self):
        self.process.poll()
        try:
            os.killpg(self.process.pid, 0)
            return True
        except ProcessLookupError:
            return False


def makers(weir, scratch):
    client = compile_client(scratch, "weirqueue")
    yield "weir", lambda folder: Weir(client, weir, folder)
    if not os.path.exists(RABBIT) or not shutil.which("epmd"):
        print("RabbitMQ is left out: there is no rabbitmq-server (Debian: apt-get install rabbitmq-server).")
    elif (peer := compile_client(scratch, "rabbitqueue", "-lrabbitmq")) is None:
        print("RabbitMQ is left out: its client cannot be compiled (Debian: apt-get install librabbitmq-dev).")
    else:
        yield "rabbit", lambda folder: Rabbit(peer, folder)


def main(weir):
    scratch = Path(tempfile.mkdtemp(prefix="weir-queues-"))
    figures = {}
    try:
        made = list(makers(weir, scratch))
        for _ in range(ROUNDS):
            for label, make in made:
                # One server at a time, on new files: none competes with another for memory or the disk.
                folder = scratch / label
                folder.mkdir()
                peer = make(folder)
                try:
                    for form in peer.forms:
                        peer.run(form, "backlog", 8)
                        for mode in ("backlog", "beside", "wake"):
                            for consumers in CONSUMERS:
                                if mode == "wake" and (consumers == 1 or form.endswith("100")):
                                    continue
                                use = ForeignUse(*peer.pids)
                                rate, p50, p99 = peer.run(form, mode, consumers)
                                figures.setdefault((mode, consumers), {}).setdefault(form, []).append((rate, p50, p99, use.share()))
                finally:
                    peer.stop()
                    shutil.rmtree(folder, ignore_errors=True)
        report(figures)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def report(figures):
    print(f"{'1 KiB records':32} {'':8} {'consumers':>9} {'acked/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'Weir is':>8} {'bar':>8} {'foreign':>8}")
    for (mode, consumers), rows in sorted(figures.items()):
        own = statistics.median(row[0] for row in rows["Weir"])
        for form, columns in rows.items():
            rate, p50, p99, foreign = (statistics.median(column) for column in zip(*columns))
            ratio = "" if mode == "wake" or form == "Weir" else f"{own / rate:7.2f}x"
            bar = "<= 5 ms" if (mode, form) == ("wake", "Weir") else "2x" if ratio and form.endswith(" 10") else ""
            latency = f"{p50:8.3f} {p99:8.3f}" if p50 else f"{'':8} {'':8}"
            print(f"{form:32} {mode:8} {consumers:9} {rate:10.0f} {latency} {ratio:>8} {bar:>8} {100 * foreign:6.0f} %")


main(*sys.argv[1:])
