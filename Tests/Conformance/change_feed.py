"""http.client: the change feed of a table, Weir's own action WatchTable, judged by what boto3 writes (docs/CHANGE-FEED.md).

Prints how long after the answer to a write its event arrives."""
import http.client, json, statistics, struct, sys, threading, time, urllib.parse, uuid, zlib

from common import ENDPOINT, client

HEADERS = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.WatchTable"}


class Watch:
    """One answer to WatchTable, message by message."""

    def __init__(self, table, cursor=None):
        self.connection = http.client.HTTPConnection(urllib.parse.urlparse(ENDPOINT).netloc, timeout=20)
        body = {"TableName": table} | ({"Cursor": cursor} if cursor else {})
        self.connection.request("POST", "/", json.dumps(body), HEADERS)
        self.answer = self.connection.getresponse()
        self.error = None if self.answer.status == 200 else json.loads(self.answer.read())
        if self.error is None:
            assert self.answer.getheader("Content-Type") == "application/vnd.amazon.eventstream"
            assert self.answer.getheader("Transfer-Encoding") == "chunked"
            assert self.next() == ("initial-response", {})

    def next(self):
        """(type, payload), or None at the end. Checks both checksums."""
        prelude = self.answer.read(12)
        if not prelude:
            return None
        total, header_size, checksum = struct.unpack(">III", prelude)
        assert zlib.crc32(prelude[:8]) == checksum
        rest = self.answer.read(total - 12)
        assert zlib.crc32(prelude + rest[:-4]) == struct.unpack(">I", rest[-4:])[0]
        headers, place = {}, 0
        while place < header_size:
            size = rest[place]
            name = rest[place + 1:place + 1 + size].decode()
            place += 1 + size
            assert rest[place] == 7, "not a text"
            size = struct.unpack(">H", rest[place + 1:place + 3])[0]
            headers[name] = rest[place + 3:place + 3 + size].decode()
            place += 3 + size
        payload = json.loads(rest[header_size:-4])
        return headers.get(":event-type") or headers[":exception-type"], payload

    def changes(self):
        """The next changes; heartbeats are passed over."""
        while True:
            kind, event = self.next()
            if kind == "TableChanges":
                return event
            assert kind == "Heartbeat", (kind, event)

    def close(self):
        self.connection.close()


def refusal(table, cursor=None):
    return Watch(table, cursor).error


db = client("dynamodb")
table = f"conformance-{uuid.uuid4().hex[:12]}"
assert refusal(table)["__type"].endswith("#ResourceNotFoundException")
db.create_table(
    TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
)
assert refusal(table, "a b")["__type"].endswith("ValidationException")
put = lambda key, number: db.put_item(TableName=table, Item={"leaseKey": {"S": key}, "n": {"N": str(number)}})

# A new watch begins with the advice to scan; then everything comes, in order, whoever wrote it and how.
put("before", 0)
watch = Watch(table)
kind, event = watch.next()
assert kind == "ScanAgain", kind
start = event["Cursor"]
put("a", 1)
db.update_item(TableName=table, Key={"leaseKey": {"S": "a"}}, UpdateExpression="SET n = n + :one",
               ExpressionAttributeValues={":one": {"N": "1"}})
try:
    db.put_item(TableName=table, Item={"leaseKey": {"S": "a"}}, ConditionExpression="attribute_not_exists(leaseKey)")
    raise AssertionError("the condition was not checked")
except db.exceptions.ConditionalCheckFailedException:
    pass
db.transact_write_items(TransactItems=[
    {"Put": {"TableName": table, "Item": {"leaseKey": {"S": "b"}}}},
    {"Delete": {"TableName": table, "Key": {"leaseKey": {"S": "a"}}}},
])
seen = []
while len(seen) < 4:
    event = watch.changes()
    seen += event["Changes"]
assert seen == [
    {"Key": {"leaseKey": {"S": "a"}}, "NewImage": {"leaseKey": {"S": "a"}, "n": {"N": "1"}}},
    {"Key": {"leaseKey": {"S": "a"}}, "NewImage": {"leaseKey": {"S": "a"}, "n": {"N": "2"}}},
    {"Key": {"leaseKey": {"S": "b"}}, "NewImage": {"leaseKey": {"S": "b"}}},
    {"Key": {"leaseKey": {"S": "a"}}},
], seen
watch.close()

# Another watch goes on at a cursor, and misses nothing; with one that is unknown it is told to scan.
put("c", 3)
again = Watch(table, start)
assert again.changes()["Changes"] == seen + [
    {"Key": {"leaseKey": {"S": "c"}}, "NewImage": {"leaseKey": {"S": "c"}, "n": {"N": "3"}}}]
assert Watch(table, "1-2").next()[0] == "ScanAgain"

# How long after the answer to a write its event is there.
count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
arrived = {}


def read():
    while len(arrived) < count:
        for change in again.changes()["Changes"]:
            arrived[int(change["NewImage"]["n"]["N"])] = time.perf_counter()


reader = threading.Thread(target=read)
reader.start()
answered = {}
for number in range(count):
    put("latency", number)
    answered[number] = time.perf_counter()
    time.sleep(0.002)
reader.join(20)
assert not reader.is_alive()
delays = sorted(1000 * (arrived[n] - answered[n]) for n in range(count))
p50, p99 = statistics.median(delays), delays[int(0.99 * (count - 1))]
assert p99 < 1000, delays[-10:]

# A silent table: the next message is a heartbeat, with the cursor. The table's end ends the watch.
event = again.next()
assert event[0] == "Heartbeat" and event[1]["Cursor"], event
db.delete_table(TableName=table)
kind, error = again.next()
assert kind == "ResourceNotFoundException" and table in error["message"], (kind, error)
assert again.next() is None
print(f"{count} writes: the event follows the answer after {p50:.2f} ms (p50), {p99:.2f} ms (p99)")
