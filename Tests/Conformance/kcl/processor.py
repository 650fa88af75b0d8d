"""A record processor as the MultiLangDaemon of the Java KCL runs it, one process a shard. It writes what happens to it as
JSON lines into $JOURNAL: {"at": seconds, "shard": …, "event": …, …}."""
import json, os, time

from amazon_kclpy import kcl
from amazon_kclpy.v3 import processor


class Journal(processor.RecordProcessorBase):
    def initialize(self, input):
        self.file = open(os.environ["JOURNAL"], "a", buffering=1)
        self.shard, self.checkpointed = input.shard_id, 0.0
        self.note("begin")

    def note(self, event, **more):
        self.file.write(json.dumps({"at": time.time(), "shard": self.shard, "event": event, **more}) + "\n")

    def checkpoint(self, checkpointer):
        try:
            checkpointer.checkpoint()
            self.note("checkpoint")
        except kcl.CheckpointError as error:
            self.note("checkpoint-error", error=str(error.value))

    def process_records(self, input):
        # One line a batch, before the checkpoint: what was not noted is delivered again.
        self.note("records", numbers=[str(r.sequence_number) for r in input.records],
                  data=[r.binary_data.decode() for r in input.records], behind=input.millis_behind_latest)
        if time.monotonic() - self.checkpointed > 1:
            self.checkpoint(input.checkpointer)
            self.checkpointed = time.monotonic()

    def lease_lost(self, input):
        self.note("lease-lost")

    def shard_ended(self, input):
        self.note("shard-end")
        self.checkpoint(input.checkpointer)

    def shutdown_requested(self, input):
        self.note("stop")
        self.checkpoint(input.checkpointer)


kcl.KCLProcess(Journal()).run()
