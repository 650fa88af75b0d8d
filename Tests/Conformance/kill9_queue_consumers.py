"""Six processes of `weir queue consume`, with sixteen records in hand each; three of them at a time, and the server, are killed by
kill -9 while they work. Every record is printed, none is left, and how many were printed twice is told."""
import json, os, socket, subprocess, tempfile, time, urllib.request

WEIR, COUNT = os.environ["WEIR"], int(os.environ.get("RECORDS", "2000"))


def call(endpoint, action, **body):
    request = urllib.request.Request(endpoint, json.dumps(body).encode(), {
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Kinesis_20131202.{action}"})
    return json.loads(urllib.request.urlopen(request, timeout=30).read() or b"{}")


def serve(folder, port):
    process = subprocess.Popen([WEIR, "serve", "--data", f"{folder}/data", "--port", str(port)],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if "http://" in line:
            return process
    raise AssertionError("weir serve ended")


def consume(folder, endpoint, number):
    environment = dict(os.environ, AWS_ENDPOINT_URL=endpoint, AWS_ACCESS_KEY_ID="any", AWS_SECRET_ACCESS_KEY="any",
                       AWS_DEFAULT_REGION="us-east-1", AWS_CONFIG_FILE="/dev/null",
                       AWS_SHARED_CREDENTIALS_FILE="/dev/null")
    options = ["--visibility", "3", "--concurrency", "16", "--format", "json"]
    with open(f"{folder}/printed-{number}", "w") as output:
        return subprocess.Popen([WEIR, "queue", "consume", "q", *options], stdout=output, stderr=subprocess.DEVNULL,
                                env=environment)


def printed(folder):
    """How often each record was printed."""
    counts = {}
    for name in os.listdir(folder):
        if name.startswith("printed"):
            for line in open(f"{folder}/{name}"):
                # A process that was killed may have left half a line.
                if line.endswith("\n"):
                    key = json.loads(line)["PartitionKey"]
                    counts[key] = counts.get(key, 0) + 1
    return counts


def put(endpoint, batch):
    records = [{"Data": "eA==", "PartitionKey": f"{batch}-{number}"} for number in range(100)]
    for _ in range(100):
        try:
            assert call(endpoint, "PutRecords", StreamName="s", Records=records)["FailedRecordCount"] == 0
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"batch {batch} could not be put")
    raise AssertionError("the server did not come back")


def main():
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        endpoint, server = f"http://127.0.0.1:{port}", serve(folder, port)
        consumers, begun, killed = [], 0, 0
        try:
            call(endpoint, "CreateStream", StreamName="s", StreamModeDetails={"StreamMode": "ON_DEMAND"})
            arn = call(endpoint, "DescribeStreamSummary", StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
            attributes = {"DeadLetterConfiguration": {"TargetType": "NONE"}}
            queue = call(endpoint, "CreateQueue", QueueName="q", StreamConfigurationList=[{"StreamARN": arn}],
                         QueueAttributes=attributes)["QueueDescription"]["QueueARN"]
            for batch in range(COUNT // 100):
                while len(consumers) < 6:
                    consumers.append(consume(folder, endpoint, begun))
                    begun += 1
                put(endpoint, batch)
                if batch % 5 == 2:
                    for consumer in consumers[:3]:
                        consumer.kill()
                        consumer.wait()
                    killed += 3
                    del consumers[:3]
                if batch % 7 == 6:
                    server.kill()
                    server.wait()
                    server = serve(folder, port)
                time.sleep(0.1)
            deadline = time.monotonic() + 60
            while len(printed(folder)) < COUNT:
                assert time.monotonic() < deadline, f"{len(printed(folder))} of {COUNT} records came"
                time.sleep(0.2)
            for consumer in consumers:
                consumer.terminate()
            assert [consumer.wait(timeout=40) for consumer in consumers] == [0] * len(consumers)
            left = call(endpoint, "ReceiveQueueRecords", QueueARN=queue, WaitTimeSeconds=5)["QueueRecords"]
            assert left == [], f"{len(left)} records are left that were printed"
            twice = sum(1 for count in printed(folder).values() if count > 1)
            print(f"kill9_queue_consumers: {COUNT} records, {killed} consumers killed, {twice} records printed twice")
        finally:
            for process in [server, *consumers]:
                process.kill()
                process.wait()


main()
