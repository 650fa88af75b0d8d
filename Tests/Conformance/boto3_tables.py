"""boto3 as DynamoDB client: expressions, indexes, batches, transactions, expiry, as KCL 3.x and Python consumers use them."""
from decimal import Decimal

import boto3.dynamodb.conditions as on
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError
from common import *

d = client("dynamodb")
resource = boto3.resource("dynamodb", endpoint_url=ENDPOINT, config=CONFIG)
name = f"tables-{uuid.uuid4().hex[:12]}"


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error.response
    raise AssertionError(f"accepted: {arguments}")


# A table with a range key and an index, as a resource sees it.
table = resource.create_table(
    TableName=name, BillingMode="PAY_PER_REQUEST", Tags=[{"Key": "team", "Value": "a"}],
    KeySchema=[{"AttributeName": "stream", "KeyType": "HASH"}, {"AttributeName": "shard", "KeyType": "RANGE"}],
    AttributeDefinitions=[{"AttributeName": "stream", "AttributeType": "S"}, {"AttributeName": "shard", "AttributeType": "N"}])
table.wait_until_exists()
item = {"stream": "s", "shard": 1, "owner": "w1", "text": "é", "bytes": b"\x00\xff", "yes": True, "none": None,
        "number": Decimal("-1.50"), "strings": {"a", "b"}, "numbers": {Decimal(1), Decimal("2.5")}, "blobs": {b"1", b"2"},
        "list": [1, "x", {"deep": [None]}], "map": {"a": {"b": 7}}, "empty": ""}
table.put_item(Item=item)
got = table.get_item(Key={"stream": "s", "shard": 1}, ConsistentRead=True)["Item"]
assert got == {**item, "bytes": Binary(b"\x00\xff"), "blobs": {Binary(b"1"), Binary(b"2")}}, got
for shard in range(2, 8):
    table.put_item(Item={"stream": "s", "shard": shard, "owner": f"w{shard % 2}", "ttl": int(time.time()) - 10})

# Queries and filters built by boto3's own condition builder.
key = on.Key
assert [i["shard"] for i in table.query(KeyConditionExpression=key("stream").eq("s") & key("shard").between(3, 5))["Items"]] == [3, 4, 5]
page = table.query(KeyConditionExpression=key("stream").eq("s"), ScanIndexForward=False, Limit=2)
assert [i["shard"] for i in page["Items"]] == [7, 6] and page["LastEvaluatedKey"] == {"stream": "s", "shard": 6}
a = on.Attr
wanted = (a("owner").eq("w1") | a("yes").exists()) & ~a("shard").lt(0) & a("owner").begins_with("w")
assert table.scan(FilterExpression=wanted & a("ttl").not_exists())["Count"] == 1
assert table.scan(FilterExpression=a("map.a.b").eq(7) & a("list[2].deep").size().eq(1))["Count"] == 1
assert table.scan(FilterExpression=a("strings").contains("a") & a("number").is_in([Decimal("-1.5")]))["Count"] == 1
parts = [table.scan(Segment=n, TotalSegments=3, Select="COUNT") for n in range(3)]
assert sum(p["Count"] for p in parts) == 7 and all("Items" not in p for p in parts)

# Updates: every section, every kind of answer.
updated = table.update_item(
    Key={"stream": "s", "shard": 1},
    UpdateExpression="SET #m.a.b = #m.a.b + :one, hits = if_not_exists(hits, :zero) + :one, #l = list_append(#l, :more)"
                     " REMOVE #t ADD numbers :nine DELETE strings :a",
    ConditionExpression="attribute_exists(#s) AND #m.a.b = :seven",
    ExpressionAttributeNames={"#m": "map", "#l": "list", "#t": "text", "#s": "stream"},
    ExpressionAttributeValues={":one": 1, ":zero": 0, ":seven": 7, ":more": ["y"], ":nine": {9}, ":a": {"a"}},
    ReturnValues="UPDATED_NEW")["Attributes"]
assert updated["map"] == {"a": {"b": 8}} and updated["hits"] == 1 and updated["list"][-1] == "y"
assert updated["numbers"] == {1, Decimal("2.5"), 9} and updated["strings"] == {"b"} and "text" not in updated
failed = refused("ConditionalCheckFailedException", d.update_item, TableName=name, Key={"stream": {"S": "s"}, "shard": {"N": "1"}},
                 UpdateExpression="SET hits = :v", ConditionExpression="hits > :v", ExpressionAttributeValues={":v": {"N": "5"}},
                 ReturnValuesOnConditionCheckFailure="ALL_OLD")
assert failed["Item"]["hits"] == {"N": "1"}, failed
text = refused("ValidationException", d.update_item, TableName=name, Key={"stream": {"S": "s"}, "shard": {"N": "1"}},
               UpdateExpression="SET a = b /")["Error"]["Message"]
assert text == 'Invalid UpdateExpression: Syntax error; token: "/", near: "b /"', text

# An index is made, found, queried, and dropped.
made = d.update_table(TableName=name, AttributeDefinitions=[{"AttributeName": "owner", "AttributeType": "S"}],
                      GlobalSecondaryIndexUpdates=[{"Create": {
                          "IndexName": "byOwner", "Projection": {"ProjectionType": "KEYS_ONLY"},
                          "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "shard", "KeyType": "RANGE"}]}}])
assert made["TableDescription"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
shown = d.describe_table(TableName=name)["Table"]
assert shown["GlobalSecondaryIndexes"][0]["ItemCount"] == 7 and shown["ItemCount"] == 7 and shown["TableSizeBytes"] > 0
assert shown["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST" and shown["DeletionProtectionEnabled"] is False
owned = table.query(IndexName="byOwner", KeyConditionExpression=key("owner").eq("w1"))
assert [dict(i) for i in owned["Items"]] == [{"owner": "w1", "shard": n, "stream": "s"} for n in (1, 3, 5, 7)], owned["Items"]
paginator = d.get_paginator("query").paginate(
    TableName=name, IndexName="byOwner", KeyConditionExpression="#o = :o", ExpressionAttributeNames={"#o": "owner"},
    ExpressionAttributeValues={":o": {"S": "w0"}}, PaginationConfig={"PageSize": 1})
assert [i["shard"]["N"] for p in paginator for i in p["Items"]] == ["2", "4", "6"]
d.update_table(TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "byOwner"}}])
refused("ValidationException", d.query, TableName=name, IndexName="byOwner", KeyConditionExpression="a = :a",
        ExpressionAttributeValues={":a": {"S": "a"}})

# Batches and transactions.
with table.batch_writer() as batch:
    for shard in range(100, 160):
        batch.put_item(Item={"stream": "b", "shard": shard})
    batch.delete_item(Key={"stream": "b", "shard": 100})
read = resource.batch_get_item(RequestItems={name: {"Keys": [{"stream": "b", "shard": n} for n in range(100, 200)]}})
assert len(read["Responses"][name]) == 59 and read["UnprocessedKeys"] == {}


def step(kind, shard, **others):
    return {kind: {"TableName": name, "Key": {"stream": {"S": "b"}, "shard": {"N": str(shard)}}, **others}}


d.transact_write_items(TransactItems=[step("Delete", 101), step("Update", 102, UpdateExpression="SET x = :x",
                                                                 ExpressionAttributeValues={":x": {"NULL": True}})])
cancelled = refused("TransactionCanceledException", d.transact_write_items, TransactItems=[
    step("Delete", 102), step("ConditionCheck", 103, ConditionExpression="attribute_exists(x)")])
assert [r["Code"] for r in cancelled["CancellationReasons"]] == ["None", "ConditionalCheckFailed"], cancelled
both = d.transact_get_items(TransactItems=[step("Get", 101), step("Get", 102)])["Responses"]
assert "Item" not in both[0] and both[1]["Item"]["x"] == {"NULL": True}

# Settings of the table.
d.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
assert d.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
backups = d.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
assert backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
arn = shown["TableArn"]
d.tag_resource(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
d.untag_resource(ResourceArn=arn, TagKeys=["team"])
assert d.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]
d.update_table(TableName=name, DeletionProtectionEnabled=True)
refused("ValidationException", d.delete_table, TableName=name)
d.update_table(TableName=name, DeletionProtectionEnabled=False)
table.delete()
table.wait_until_not_exists()
print("types, expressions, an index, batches, transactions and settings, by boto3's own builders")
