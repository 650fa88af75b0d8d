"""prepared.py: what a Swift worker, `weir consume --prepare`, prepares of a checkpoint and does not commit comes to the unmodified
Java KCL 2.5.8, and the other way (MultiStream.java with PREPARE).

The program WEIR names is the Swift worker. Judged: the place and the state of what was prepared, both ways, after the worker that
did so was killed; that reading goes on at the checkpoint, so that the record comes again; that a checkpoint of the other's which passes
it removes it from the lease.
"""
import json, os, signal, subprocess, sys, tempfile, threading, time

import common
from common import client, fresh_stream
from kcl import Source
from multi import MultiApplication

STATE = "Grüße from Java"


class PreparedApplication(MultiApplication):
    """Workers of one shard. A Swift one notes each record with what was prepared of it before, and then does SCRIPT."""

    def start_swift(self, worker, script="true"):
        line = """printf '{"shard": "%s", "number": "%s", "state": "%s"}\\n'""" \
            """ "$WEIR_SHARD_ID" "$WEIR_SEQUENCE_NUMBER" "${WEIR_PREPARED_STATE-none}"; """
        command = [os.environ["WEIR"], "consume", self.stream, "--multi-stream", "--application", self.name, "--worker", worker,
                   "--from", "trim-horizon", "--failover-time", str(self.failover), "--endpoint", common.ENDPOINT,
                   "--prepare", "--execute", line + script]
        with open(self.folder / f"{worker}.log", "w") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)
        self.workers[worker] = process
        threading.Thread(target=self.note_swift, args=(worker, process.stdout), daemon=True).start()

    def note_swift(self, worker, lines):
        with open(self.folder / f"{worker}.jsonl", "a", buffering=1) as journal:
            for line in lines:
                record = json.loads(line)
                journal.write(json.dumps({"at": time.time(), "event": "records", "numbers": [record["number"]], **record}) + "\n")

    def start_java(self, worker, prepare=None):
        os.environ.pop("PREPARE", None)
        if prepare:
            os.environ["PREPARE"] = prepare
        self.start(worker)
        os.environ.pop("PREPARE", None)

    def lease(self):
        try:
            return next(iter(self.leases()), {})
        except client("dynamodb").exceptions.ResourceNotFoundException:
            return {}  # The worker has not made the table yet.

    def pending(self):
        """(place, state) of what is prepared; Nones when nothing is."""
        lease = self.lease()
        return lease.get("pendingCheckpoint", {}).get("S"), lease.get("pendingCheckpointState", {}).get("B")

    def entries(self, worker, event):
        return [entry for entry in self.journal() if entry["worker"] == worker and entry["event"] == event]


def main():
    # The workers are in sessions of their own: whoever ends this script must not leave them behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    kinesis = client()
    with tempfile.TemporaryDirectory() as folder:
        stream = fresh_stream(kinesis, 1)
        source = Source(kinesis, stream)
        application = PreparedApplication([stream], folder)
        try:
            source.next(3)
            numbers = [number for _, _, number in source.put]
            # The command of the second record never ends.
            application.start_swift("swift-1", f'[ "$WEIR_SEQUENCE_NUMBER" = {numbers[0]} ] || sleep 600')
            application.until("Swift prepares", lambda: application.pending() == (numbers[1], b"swift-1"))
            assert application.lease()["checkpoint"]["S"] == numbers[0], application.lease()
            application.kill("swift-1")
            application.start_java("java-1")
            application.until("Java begins", lambda: application.entries("java-1", "begin"))
            began = application.entries("java-1", "begin")[0]
            assert (began.get("pending"), began.get("state")) == (numbers[1], "swift-1"), began
            application.until("Java goes on", lambda: {*numbers[1:]} <= delivered(application, "java-1"))
            assert numbers[0] not in delivered(application, "java-1"), "the checkpoint was not passed on"
            application.until("Java passes what Swift prepared", lambda: application.pending() == (None, None))
            application.kill("java-1")

            source.next(2)
            numbers = [number for _, _, number in source.put]
            application.start_java("java-2", prepare=STATE)
            application.until("Java prepares", lambda: application.entries("java-2", "prepared"))
            place = application.entries("java-2", "prepared")[0]["pending"]
            assert application.pending() == (place, STATE.encode()), application.pending()
            application.kill("java-2")
            application.start_swift("swift-2")
            application.until("Swift goes on", lambda: {*numbers[3:]} <= delivered(application, "swift-2"))
            states = {entry["number"]: entry["state"] for entry in application.entries("swift-2", "records")}
            assert states.pop(place) == STATE and set(states.values()) <= {"none"}, states
            application.until("Swift commits", lambda: application.pending() == (None, None)
                              and application.lease()["checkpoint"]["S"] == numbers[-1])
            print("what Swift prepared came to Java, and what Java prepared to Swift")
        finally:
            application.stop()
        kinesis.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)


def delivered(application, worker):
    return {number for entry in application.entries(worker, "records") for number in entry["numbers"]}


if __name__ == "__main__":
    main()
