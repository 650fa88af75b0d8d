"""queue_memory.py WEIR: how much more memory the server takes, as the kernel tells it (RSS), for RECORDS (1,000,000) records of a queue that were received
and not acknowledged than for as many that were, which are gone: when the last was received, snapshots of the state included; after the server has given back
what it does not need, which it does once a minute; and after a restart. Bytes for each record."""
import http.client, json, multiprocessing, os, sys, tempfile, time

from harness import Server, await_active

RECORDS = int(os.environ.get("RECORDS", "1000000"))
CLIENTS = 3
# The C library's free memory is given back once a minute.
SETTLED = 65


def worker(port, queue, acknowledges):
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def call(action, **members):
        connection.request("POST", "/", json.dumps(members), {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Kinesis_20131202.{action}"})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return json.loads(body)

    while True:
        records = call("ReceiveQueueRecords", QueueARN=queue, Limit=10, WaitTimeSeconds=1, VisibilityTimeoutSeconds=43200)["QueueRecords"]
        if not records:
            return
        if acknowledges:
            entries = [{"ReceiptHandle": record["ReceiptHandle"]} for record in records]
            assert not call("AcknowledgeQueueRecords", QueueARN=queue, Entries=entries)["Failed"]


def measure(weir, acknowledges):
    """Bytes when the last record was received, a minute later, and a second and a minute after a restart."""
    memory = []
    with tempfile.TemporaryDirectory() as folder:
        server = Server(weir, folder)
        try:
            server.call("CreateStream", {"StreamName": "s", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}})
            await_active(server, "s")
            stream = server.tell("DescribeStreamSummary", StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
            begin = [{"StreamARN": stream, "StartingPosition": {"Type": "TRIM_HORIZON"}}]
            queue = server.tell("CreateQueue", QueueName="q", StreamConfigurationList=begin)["QueueDescription"]["QueueARN"]
            for first in range(0, RECORDS, 500):
                records = [{"Data": b"x" * 20, "PartitionKey": str(number)} for number in range(first, min(first + 500, RECORDS))]
                server.call("PutRecords", {"StreamName": "s", "Records": records})
            server.stop()
            server = Server(weir, folder)
            workers = [multiprocessing.Process(target=worker, args=(server.port, queue, acknowledges)) for _ in range(CLIENTS)]
            for process in workers:
                process.start()
            for process in workers:
                process.join()
                assert process.exitcode == 0
            memory.append(server.memory())
            time.sleep(SETTLED)
            memory.append(server.memory())
            server.stop()
            server = Server(weir, folder)
            time.sleep(1)
            memory.append(server.memory())
            time.sleep(SETTLED)
            memory.append(server.memory())
        finally:
            server.stop()
    return memory


gone, held = measure(sys.argv[1], True), measure(sys.argv[1], False)
for title, before, after in zip(("received", "a minute later", "restarted", "a minute later"), gone, held):
    print(f"{title:15} {before / 2**20:7.1f} MiB acknowledged {after / 2**20:7.1f} MiB in flight {(after - before) / RECORDS:6.1f} bytes each", flush=True)
