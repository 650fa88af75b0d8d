"""queues.py WEIR: deliveries of a queue a second that are received and acknowledged, by Weir and by RabbitMQ, in the same run on the same machine,
for 1, 8 and 64 consumers. Records are of 1 KiB, RECORDS of them (100,000) for each measurement, ROUNDS rounds (3), of which the median counts. PEER
(classic or quorum) measures that kind of RabbitMQ's queues only.
*backlog*: they are put before, and the consumers empty the queue. *beside*: they are put while they are consumed, 1,000 in flight;
the time is from when the consumers are connected until the last is acknowledged. *wake*: 100 a second are put one by one to consumers that
wait: how long from sending one until a consumer has it, for WAKE_SECONDS (5).

A consumer has 10 records in flight, or 100; Weir is compared with RabbitMQ where both have as many:
* RabbitMQ's consumer may have so many unacknowledged (prefetch), and acknowledges 10 at a time (`multiple`).
* Weir's consumer has 1 chain or 10. A chain receives 10 records a call and acknowledges them in one; while that is under way it asks for the next,
  and waits for both. So for so long the server counts up to twice as many, as RabbitMQ's may send more before its client knows of its acknowledgement.

What each has on disk is not the same, and Weir has more:
* Weir syncs a record before its put is answered, a delivery before the record is given, an acknowledgement before it is answered.
* RabbitMQ's classic durable queue with persistent messages has a message on disk when it confirms the publish. Deliveries are not on disk; an
  acknowledgement has no answer, and is on disk some time later, or not, when the process ends. A quorum queue (of one member, here)
  writes acknowledgements to its log, which is synced, but its consumers are not told either.

Both clients are in C (peers/weirqueue.c and rabbitqueue.c), with a thread for each consumer. RabbitMQ is Debian's rabbitmq-server, whose
node runs as the current user in a folder of its own, with librabbitmq-dev for the client; where one is not there, it is left out.
Files are made below TMPDIR: it should be on the disk that is meant."""
import os, shutil, signal, socket, subprocess, sys, time
from pathlib import Path
from typing import NamedTuple

from harness import Comparison, Server, await_active, compile_client, free_port

RECORDS, ROUNDS = int(os.environ.get("RECORDS", "100000")), int(os.environ.get("ROUNDS", "3"))
PEER, WAKE_SECONDS = os.environ.get("PEER", ""), int(os.environ.get("WAKE_SECONDS", "5"))
CONSUMERS, IN_FLIGHT, SIZE, BATCH, SHARDS = (1, 8, 64), (10, 100), 1024, 10, 4
RABBIT = "/usr/lib/rabbitmq/bin/rabbitmq-server"


class Form(NamedTuple):
    """A kind of queue, and how many records each of its consumers has in flight."""
    server: str
    in_flight: int


def run(client, port, *arguments):
    output = subprocess.run([client, str(port), *map(str, arguments)], capture_output=True, text=True)
    if output.returncode or not output.stdout.startswith("RESULT"):
        raise SystemExit(f"{Path(client).name} {' '.join(map(str, arguments))}: {output.stderr or output.stdout}")
    count, took, p50, p99 = output.stdout.split()[1:]
    return int(count) / max(1e-6, float(took)), float(p50), float(p99)


class Weir:
    def __init__(self, client, weir, folder):
        self.client, self.server, self.queues = client, Server(weir, folder / "data"), 0
        self.pids, self.stop, self.forms = [self.server.process.pid], self.server.stop, [Form("Weir", count) for count in IN_FLIGHT]

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
                return run(self.client, self.server.port, "beside", queue, consumers, form.in_flight // BATCH, BATCH, RECORDS, stream, SIZE)
            run(self.client, self.server.port, "fill", stream, RECORDS, SIZE)
            return run(self.client, self.server.port, "drain", queue, consumers, form.in_flight // BATCH, BATCH, RECORDS)
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
        self.forms = [Form(f"RabbitMQ {kind}", count) for kind in ("classic", "quorum") if PEER in ("", kind) for count in IN_FLIGHT]

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
        queue, kind, prefetch = f"q{self.queues}", form.server.split()[-1], form.in_flight
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
    if client is None:
        raise SystemExit("There is no C compiler for the clients (Benchmarks/peers).")
    yield "weir", lambda folder: Weir(client, weir, folder)
    if not os.path.exists(RABBIT) or not shutil.which("epmd"):
        print("RabbitMQ is left out: there is no rabbitmq-server (Debian: apt-get install rabbitmq-server).")
    elif (peer := compile_client(scratch, "rabbitqueue", "-lrabbitmq")) is None:
        print("RabbitMQ is left out: its client cannot be compiled (Debian: apt-get install librabbitmq-dev).")
    else:
        yield "rabbit", lambda folder: Rabbit(peer, folder)


def main(weir):
    comparison = Comparison("queues")

    def measure(peer):
        for form in peer.forms:
            peer.run(form, "backlog", 8)
            for mode in ("backlog", "beside", "wake"):
                for consumers in CONSUMERS:
                    # One record at a time comes to consumers that wait: how many more they may have does not matter, nor does one wait alone.
                    if mode == "wake" and (consumers == 1 or form.in_flight != IN_FLIGHT[0]):
                        continue
                    comparison.note((mode, consumers, form), peer, lambda: peer.run(form, mode, consumers))

    comparison.run(ROUNDS, lambda scratch: makers(weir, scratch), measure)
    report(comparison.medians())


def report(figures):
    print(f"{'1 KiB records':18} {'':8} {'consumers':>9} {'in flight':>9} {'acked/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'Weir is':>8} {'bar':>8} {'foreign':>8}")
    for (mode, consumers, form), (rate, p50, p99, foreign) in sorted(figures.items(), key=lambda entry: (*entry[0][:2], entry[0][2].in_flight)):
        own = figures[mode, consumers, Form("Weir", form.in_flight)][0]
        ratio = "" if mode == "wake" or form.server == "Weir" else f"{own / rate:7.2f}x"
        bar = "2x" if ratio else "<= 5 ms" if (mode, form.server) == ("wake", "Weir") else ""
        latency = f"{p50:8.3f} {p99:8.3f}" if p50 else f"{'':8} {'':8}"
        in_flight = "" if mode == "wake" else form.in_flight
        print(f"{form.server:18} {mode:8} {consumers:9} {in_flight:>9} {rate:10.0f} {latency} {ratio:>8} {bar:>8} {100 * foreign:6.0f} %")


main(*sys.argv[1:])
