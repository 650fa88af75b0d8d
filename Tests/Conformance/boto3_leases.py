"""boto3 as DynamoDB client: the calls by which KCL 2.x workers share out shards."""
from botocore.exceptions import ClientError
from common import *

d = client("dynamodb")
table = f"app-{uuid.uuid4().hex[:12]}"
create = dict(TableName=table, BillingMode="PAY_PER_REQUEST",
              AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
              KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}])


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return
    raise AssertionError(f"accepted: {arguments}")


refused("ResourceNotFoundException", d.describe_table, TableName=table)
d.create_table(**create)
refused("ResourceInUseException", d.create_table, **create)
assert d.describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE"


def key(n):
    return {"leaseKey": {"S": f"shardId-{n:012d}"}}


for n in range(7):
    lease = {**key(n), "leaseCounter": {"N": "0"}, "checkpoint": {"S": "TRIM_HORIZON"},
             "ownerSwitchesSinceCheckpoint": {"N": "0"}, "checkpointSubSequenceNumber": {"N": "0"},
             "parentShardId": {"SS": ["shardId-000000000100", "shardId-000000000101"]}}
    absent = {"leaseKey": {"Exists": False}}
    d.put_item(TableName=table, Item=lease, Expected=absent)
    refused("ConditionalCheckFailedException", d.put_item, TableName=table, Item=lease, Expected=absent)


def take(n, counter, owner):
    d.update_item(TableName=table, Key=key(n), Expected={"leaseCounter": {"Value": {"N": str(counter)}}},
                  AttributeUpdates={"leaseCounter": {"Action": "PUT", "Value": {"N": str(counter + 1)}},
                                    "leaseOwner": {"Action": "PUT", "Value": {"S": owner}},
                                    "ownerSwitchesSinceCheckpoint": {"Action": "ADD", "Value": {"N": "1"}}})


take(3, 0, "alice")
refused("ConditionalCheckFailedException", take, n=3, counter=0, owner="bob")
take(3, 1, "bob")
lease = d.get_item(TableName=table, Key=key(3), ConsistentRead=False)["Item"]
assert lease["leaseOwner"] == {"S": "bob"} and lease["leaseCounter"] == {"N": "2"}
assert lease["ownerSwitchesSinceCheckpoint"] == {"N": "2"} and len(lease["parentShardId"]["SS"]) == 2
# A checkpoint deletes attributes that may not be there; an eviction deletes the owner.
d.update_item(TableName=table, Key=key(3), Expected={"leaseCounter": {"Value": {"N": "2"}}},
              AttributeUpdates={"leaseCounter": {"Action": "PUT", "Value": {"N": "3"}},
                                "checkpoint": {"Action": "PUT", "Value": {"S": "123"}},
                                "pendingCheckpoint": {"Action": "DELETE"}})
d.update_item(TableName=table, Key=key(3), Expected={"leaseOwner": {"Value": {"S": "bob"}}},
              AttributeUpdates={"leaseOwner": {"Action": "DELETE"}})
lease = d.get_item(TableName=table, Key=key(3))["Item"]
assert "leaseOwner" not in lease and lease["checkpoint"] == {"S": "123"}

seen, start = [], {}
while True:
    page = d.scan(TableName=table, Limit=3, **start)
    assert page["Count"] <= 3
    seen += [item["leaseKey"]["S"] for item in page["Items"]]
    if "LastEvaluatedKey" not in page:
        break
    start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
assert sorted(seen) == [f"shardId-{n:012d}" for n in range(7)], seen
d.delete_item(TableName=table, Key=key(3))
assert "Item" not in d.get_item(TableName=table, Key=key(3))
d.delete_table(TableName=table)
refused("ResourceNotFoundException", d.scan, TableName=table)
print("create, take, steal, checkpoint, evict, scan, delete as the KCL does them")
