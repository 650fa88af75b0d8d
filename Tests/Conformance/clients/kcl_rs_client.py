"""kcl-rs, the KCL 3 in Rust on the AWS SDK for Rust: kcl_rs_client.py POLLING|FANOUT. It sends Kinesis, DynamoDB and CloudWatch
calls to one endpoint."""
import sys, threading

from kcl_rs import RecordProcessorBase, Scheduler

from common import *

mode = sys.argv[1]
k = client()
stream, sent, read, done = fresh_stream(k, 2), events(), [], threading.Event()
put_all(k, stream, sent)


class Reader(RecordProcessorBase):
    def initialize(self, input):
        pass

    def process_records(self, input):
        read.extend((record.partition_key, bytes(record.binary_data)) for record in input.records)
        input.checkpointer.checkpoint()
        if len(read) >= len(sent):
            done.set()

    def lease_lost(self, input):
        pass

    def shard_ended(self, input):
        input.checkpointer.checkpoint()

    def shutdown_requested(self, input):
        input.checkpointer.checkpoint()


polling = {"retrieval_mode": "POLLING", "idle_time_between_reads_millis": 300} if mode == "POLLING" else {}
scheduler = Scheduler(stream_name=stream, application_name=f"kcl-rs-{uuid.uuid4().hex[:8]}", record_processor_factory=Reader,
                      region="us-east-1", initial_position="TRIM_HORIZON", shard_sync_interval_millis=1000, endpoint_url=ENDPOINT,
                      access_key_id="test", secret_access_key="test", **polling)
scheduler.start()
done.wait(120)
scheduler.shutdown()
print(judge(sent, read))
k.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)
