"""64 consumers of one queue over 4 shards, in 8 processes; half of the processes and the server are killed by kill -9 while they
work. Every record is handled, none that was acknowledged comes back, and the share that was handled twice is printed."""
import http.client, json, multiprocessing, os, signal, socket, subprocess, tempfile, threading, time
import urllib.request

WEIR, COUNT = os.environ["WEIR"], int(os.environ.get("RECORDS", "4000"))
VISIBILITY = 3


def call(endpoint, action, **body):
    request = urllib.request.Request(endpoint, json.dumps(body).encode(), {
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Kinesis_20131202.{action}"})
    return json.loads(urllib.request.urlopen(request, timeout=30).read() or b"{}")


def consume(endpoint, queue, path):
    """Takes down what it handles before it acknowledges, and what was acknowledged after."""
    def run(number):
        with open(f"{path}-{number}", "a", buffering=1) as file:
            while True:
                try:
                    records = call(endpoint, "ReceiveQueueRecords", QueueARN=queue, WaitTimeSeconds=2,
                                   VisibilityTimeoutSeconds=VISIBILITY)["QueueRecords"]
                    for record in records:
                        file.write(f"handled {record['RecordId']} {time.monotonic()}\n")
                    entries = [{"ReceiptHandle": r["ReceiptHandle"]} for r in records]
                    done = call(endpoint, "AcknowledgeQueueRecords", QueueARN=queue, Entries=entries)["Successful"] if entries else []
                    handles = {e["ReceiptHandle"] for e in done}
                    for record in records:
                        if record["ReceiptHandle"] in handles:
                            file.write(f"acknowledged {record['RecordId']} {time.monotonic()}\n")
                except (OSError, http.client.HTTPException):
                    time.sleep(0.05)
    for number in range(8):
        threading.Thread(target=run, args=(number,), daemon=True).start()
    signal.pause()


def serve(folder, port):
    process = subprocess.Popen([WEIR, "serve", "--data", f"{folder}/data", "--port", str(port)],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if "http://" in line:
            return process
    raise AssertionError("weir serve ended")


def lines(folder):
    """When each record was handled, and when it was acknowledged and answered."""
    taken = {"handled": {}, "acknowledged": {}}
    for name in os.listdir(folder):
        if name.startswith("consumer"):
            for line in open(f"{folder}/{name}"):
                if line.endswith("\n"):
                    what, record, at = line.split()
                    taken[what].setdefault(record, []).append(float(at))
    return taken


def main():
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        endpoint, server = f"http://127.0.0.1:{port}", serve(folder, port)
        call(endpoint, "CreateStream", StreamName="s", StreamModeDetails={"StreamMode": "ON_DEMAND"})
        arn = call(endpoint, "DescribeStreamSummary", StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
        attributes = {"DeadLetterConfiguration": {"TargetType": "NONE"}}
        queue = call(endpoint, "CreateQueue", QueueName="q", StreamConfigurationList=[{"StreamARN": arn}],
                     QueueAttributes=attributes)["QueueDescription"]["QueueARN"]

        def start(number):
            process = multiprocessing.Process(target=consume, args=(endpoint, queue, f"{folder}/consumer-{number}"))
            process.start()
            return process

        consumers, sent, killed = [start(number) for number in range(8)], set(), 0
        for batch in range(COUNT // 100):
            records = [{"Data": "eA==", "PartitionKey": f"{batch}-{n}"} for n in range(100)]
            answer = call(endpoint, "PutRecords", StreamName="s", Records=records)
            sent |= {r["SequenceNumber"] for r in answer["Records"]}
            if batch == COUNT // 300:
                for process in consumers[:4]:
                    process.kill()
                    killed += 1
            if batch in (COUNT // 250, COUNT // 150):
                server.kill()
                server.wait()
                server = serve(folder, port)
            if batch == COUNT // 200:
                consumers[:4] = [start(number) for number in range(8, 12)]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not sent <= lines(folder)["handled"].keys():
            time.sleep(0.2)
        # Whatever comes now had been acknowledged before.
        time.sleep(VISIBILITY + 1)
        for process in consumers:
            process.kill()
        taken = lines(folder)
        handled, acknowledged = taken["handled"], taken["acknowledged"]
        lost = sent - handled.keys()
        assert not lost, f"{len(lost)} of {len(sent)} were never handled"
        back = [record for record, times in acknowledged.items() if max(handled[record]) > min(times)]
        assert not back, f"{len(back)} came back after they were acknowledged"
        twice = sum(len(times) > 1 for times in handled.values())
        server.terminate()
        assert server.wait() == 0
        print(f"{len(sent)} records, 64 consumers, {killed} processes of 8 and the server twice killed: none lost, "
              f"{twice} handled twice ({100 * twice / len(sent):.2f} %)")


if __name__ == "__main__":
    main()
