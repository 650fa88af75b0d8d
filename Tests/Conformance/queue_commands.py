"""`weir queue` and `weir queue deadletters`, the real program against a real server: every subcommand and its errors; 2,500 dead
letters are listed once each and are visible right afterwards, also when the list is interrupted or its reader has gone."""
import array, fcntl, http.client, pty, signal, subprocess, tempfile, termios

from common import *

WEIR, COUNT = os.environ["WEIR"], 2_500
environment = os.environ | {"AWS_ENDPOINT_URL": ENDPOINT}
connection = http.client.HTTPConnection(ENDPOINT.removeprefix("http://"), timeout=30)
folder = tempfile.TemporaryDirectory()
stream, name = (f"queue-commands-{kind}-{uuid.uuid4().hex[:8]}" for kind in ("stream", "queue"))


def call(action, **body):
    connection.request("POST", "/", json.dumps(body), {
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Kinesis_20131202.{action}"})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 200, text
    return json.loads(text or b"{}")


def run(*arguments, status=0, **more):
    done = subprocess.run([WEIR, *arguments], env=environment, capture_output=True, text=True, timeout=100, **more)
    assert done.returncode == status, (arguments, done)
    return done


def queue(*arguments, **more):
    return run("queue", *arguments, **more).stdout.splitlines()


def letters(*arguments, **more):
    return queue("deadletters", *arguments, **more)


def refused(*arguments, status=1):
    done = run("queue", *arguments, status=status)
    assert not done.stdout and done.stderr.startswith("Error: "), done
    return done.stderr.splitlines()[0]


def receive(action="ReceiveQueueRecords", **more):
    return call(action, **({"QueueARN": arn, "WaitTimeSeconds": 1} | more))["QueueRecords"]


def visible():
    """The IDs of the dead letters that anybody may receive now, which are given back."""
    held = []
    while batch := receive("ReceiveDeadLetterQueueRecords", VisibilityTimeoutSeconds=600):
        held += batch
    for start in range(0, len(held), 10):
        call("UpdateDeadLetterQueueRecordsVisibility", QueueARN=arn, Entries=[
            {"ReceiptHandle": r["ReceiptHandle"], "VisibilityTimeoutSeconds": 0} for r in held[start:start + 10]])
    return [r["RecordId"] for r in held]


def identifiers(lines):
    return [json.loads(line)["sequenceNumber"] for line in lines]


# Life
run("stream", "create", stream, "--on-demand")
run("stream", "create", stream + "x", "--on-demand", "--shards", "2", status=64)
created = queue("create", name, "--stream", stream, "--from", "trim-horizon", "--visibility", "0", "--max-receives", "1",
                "--tag", "team=ops")[0]
arn = created.split()[-1]
assert created == f"created {name}: {arn}" and call("DescribeQueue", QueueARN=arn)["QueueDescription"]["QueueStatus"] == "ACTIVE"
assert call("ListTagsForResource", ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "ops"}]
hour_ago = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 3600))
second = queue("create", name + "-2", "--stream", arn.split(":queue")[0] + f":stream/{stream}", "--from", hour_ago + "Z",
               "--no-dead-letters", "--no-wait")[0].split()[-1]
described = dict(line.split("  ", 1) for line in queue("describe", name + "-2"))
described = {key: value.strip() for key, value in described.items()}
assert described["name"] == name + "-2" and described["ARN"] == second and described["dead letters"] == "none", described
assert described["begins at"] == f"AT_TIMESTAMP ({hour_ago}.000Z)" and described["visibility"] == "30 s", described
by_arn = json.loads(queue("describe", arn, "--json")[0])
assert by_arn["QueueName"] == name and by_arn["QueueAttributes"]["DeadLetterConfiguration"]["MaxReceiveCount"] == 1, by_arn
table = queue("list", "--stream", stream)
assert table[0].split() == ["NAME", "STATUS", "STREAM", "CREATED", "AT", "ARN"]
assert sorted(line.split()[0] for line in table[1:]) == [name, name + "-2"] and all(stream in line for line in table[1:])
assert {name, name + "-2"} <= {json.loads(line)["QueueName"] for line in queue("list", "--json")}
assert queue("update", second, "--visibility", "7", "--max-receives", "3") == [f"updated {second}"]
described = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in queue("describe", name + "-2")}
assert described["visibility"] == "7 s" and described["dead letters"] == "after 3 receives", described
assert queue("delete", name + "-2") == [f"deleted {name}-2"]
assert refused("describe", second).startswith("Error: ResourceNotFoundException: ")

# Errors
nobody = "nobody-" + uuid.uuid4().hex
for command in (["describe", nobody], ["delete", nobody], ["update", nobody, "--visibility", "1"],
                ["deadletters", "list", nobody], ["deadletters", "acknowledge", nobody, "--all", "--yes"]):
    assert refused(*command) == f"Error: there is no queue {nobody}"
assert "ResourceInUseException" in refused("create", name, "--stream", stream)
assert "ResourceNotFoundException" in refused("create", nobody, "--stream", nobody)
assert "ResourceNotFoundException" in refused("list", "--stream", nobody)
assert "ValidationException" in refused("create", "a b", "--stream", stream)
assert "43200" in refused("update", name, "--visibility", "43201")
assert "1000" in refused("update", name, "--max-receives", "1001")
for command in (["create", name], ["update", name], ["update", name, "--max-receives", "1", "--no-dead-letters"],
                ["deadletters", "restore", name], ["deadletters", "show", name, "1", "--all"],
                ["deadletters", "list", name, "--wait", "21"], ["deadletters", "list", name, "--where", "size=1"]):
    refused(*command, status=64)

# 2,500 dead letters, once each, and visible right afterwards
sent = [f"{number}" for number in range(COUNT)]
run("put", stream, input="".join(f"{line}\n" for line in sent))
assert letters("list", name)[-1] == f"0 dead letters of {name}"
while receive():
    pass
table = letters("list", name)
rows = [line.split() for line in table[1:-1]]
assert table[-1] == f"{COUNT} dead letters of {name}" and len(rows) == COUNT, table[-1]
assert sorted(row[5] for row in rows) == sorted(sent) and all(row[3] == "2" for row in rows)
everything = sorted(row[0] for row in rows)
assert sorted(visible()) == everything, "what was listed is hidden"
lines = [json.loads(line) for line in letters("list", arn, "--json")]
assert sorted(line["sequenceNumber"] for line in lines) == everything
assert all(line["stream"] == stream and line["application"] == name and line["queueArn"] == arn for line in lines)

# A part of them
assert letters("list", name, "--limit", "3")[-1] == f"3 dead letters of {name}"
some = letters("list", name, "--json", "--where", "data=17")
assert len(some) == 1 and letters("show", name, *identifiers(some), "--data") == ["17"]
assert len(letters("list", name, "--json", "--where", "data~24", "--where", "receives>2", "--limit", "9")) == 9
assert letters("list", name, "--where", "arrival<2026-01-01T00:00:00Z")[-1] == f"0 dead letters of {name}"
whole = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in letters("show", name, *identifiers(some)) if line}
assert whole["record ID"] in everything and whole["data"] == "17" and int(whole["receives"]) > 3, whole

# Two who look at once see no letter twice, and neither keeps one
both = [subprocess.Popen([WEIR, "queue", "deadletters", "list", name, "--json"], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)]
for process in both:
    shown = identifiers(process.communicate(timeout=100)[0].splitlines())
    assert process.returncode == 0 and len(shown) == len(set(shown)) and set(shown) <= set(everything)
assert sorted(visible()) == everything


# Interrupted, and with a reader that goes: the list cannot have come to its end, as the pipe does not hold it.
def started():
    process = subprocess.Popen([WEIR, "queue", "deadletters", "list", name, "--json"], env=environment, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    waiting, until = array.array("i", [0]), time.monotonic() + 30
    while waiting[0] < 4096:
        assert process.poll() is None and time.monotonic() < until, process.stderr.read()
        fcntl.ioctl(process.stdout, termios.FIONREAD, waiting)
    return process


for number in (signal.SIGINT, signal.SIGTERM):
    process = started()
    process.send_signal(number)
    output, error = process.communicate(timeout=60)
    assert process.returncode == 1 and error == "Error: interrupted before the end\n", (process.returncode, error)
    assert 0 < len(output.splitlines()) < COUNT
assert sorted(visible()) == everything, "an interrupted list keeps what it held"
process = started()
process.stdout.close()
assert process.wait(60) == 1 and "Broken pipe" in process.stderr.read()
assert sorted(visible()) == everything, "a list without a reader keeps what it held"

# Of all but some we do not need to hear again.
done = COUNT - 600
assert letters("acknowledge", name, "--all", "--limit", f"{done}", "--yes") == [f"acknowledged {done} dead letters of {name}"]
everything = sorted(visible())
assert len(everything) == 600

# Restore
few = everything[:3]
assert letters("restore", name, *few) == [f"restored 3 dead letters of {name}"]
again = receive(VisibilityTimeoutSeconds=600)
assert sorted(r["RecordId"] for r in again) == few and {r["ReceiveCount"] for r in again} == {1}, again
assert call("AcknowledgeQueueRecords", QueueARN=arn, Entries=[{"ReceiptHandle": r["ReceiptHandle"]} for r in again])["Failed"] == []
left = everything[3:]
mixed = run("queue", "deadletters", "restore", name, few[0], left[0], status=1)
assert mixed.stdout == f"restored 1 dead letter of {name}\n"
assert mixed.stderr == f"Error: {name} has no dead letter {few[0]}, or somebody else holds it\n", mixed
assert [r["RecordId"] for r in receive()] == left[:1]
assert sorted(visible()) == left

# Acknowledge
assert "--yes" in refused("deadletters", "acknowledge", name, "--all")


def asked(answer):
    controller, terminal = pty.openpty()
    process = subprocess.Popen([WEIR, "queue", "deadletters", "acknowledge", name, left[0]], env=environment, stdin=terminal,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.write(controller, answer)
    output, error = process.communicate(timeout=60)
    os.close(controller)
    os.close(terminal)
    assert error.startswith(f"Take 1 dead letter out of {name} for good? [y/N] "), error
    return process.returncode, output


assert asked(b"n\n") == (1, "") and asked(b"\n") == (1, "")
assert sorted(visible()) == left
assert asked(b"y\n") == (0, f"acknowledged 1 dead letter of {name}\n")
assert letters("acknowledge", name, "--all", "--where", "data~2", "--limit", "5", "--yes") == [f"acknowledged 5 dead letters of {name}"]
left = sorted(visible())
assert len(left) == 600 - 3 - 1 - 5

# Export, and put again
file = f"{folder.name}/letters"
assert letters("export", name, "--to", file, "--limit", "40") == [f"wrote 40 dead letters of {name} to {file}"]
assert sorted(visible()) == left
assert "is there already" in refused("deadletters", "export", name, "--to", file)
refused("deadletters", "export", "no-such-queue", "--to", file + "-2")
assert not os.path.exists(file + "-2"), "a file of no queue would be in the way of the next attempt"
assert len(letters("export", name, "--to", file, "--append", "--acknowledge", "--limit", "60")) == 2
with open(file) as opened:
    exported = opened.read().splitlines()
taken = set(identifiers(exported[40:]))
assert len(exported) == 100 and len(taken) == 60
left = sorted(set(left) - taken)
assert sorted(visible()) == left
application = f"{name}-again"
run("stream", "create", f"{application}-dead-letters")
run("put", f"{application}-dead-letters", file)
assert run("deadletters", "redrive", "--application", application, "--all").stdout == "put 100 records again\n"
assert run("deadletters", "list", "--application", application).stdout.splitlines()[-1].startswith("0 dead letters")

# All of them
def rest():
    """What may be received from the queue, which is held for a while then."""
    records = []
    while more := receive(VisibilityTimeoutSeconds=600):
        records += more
    return records


assert len(rest()) == 100, "what was put again is in the stream, and so in the queue"
half = [r["RecordId"] for r in receive("ReceiveDeadLetterQueueRecords", VisibilityTimeoutSeconds=600)]
count = len(left) - len(half)
assert letters("restore", name, "--all", "--limit", "200") == [f"restored 200 dead letters of {name}"]
assert letters("acknowledge", name, "--all", "--yes") == [f"acknowledged {count - 200} dead letters of {name}"]
assert visible() == [], "what somebody else holds is left to them"
restored = rest()
assert len({r["RecordId"] for r in restored}) == 200 and {r["ReceiveCount"] for r in restored} == {1}

assert queue("delete", arn) == [f"deleted {arn}"]
for made in (stream, f"{application}-dead-letters"):
    run("stream", "delete", made)
folder.cleanup()
print(f"all commands of queues; {COUNT} dead letters listed once each, also interrupted; restored, acknowledged, exported")
