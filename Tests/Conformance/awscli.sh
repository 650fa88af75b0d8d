#!/bin/bash
# The AWS CLI (version 1 of pip): create, put, read byte for byte, split, merge, list, delete.
set -euo pipefail
k() { aws --endpoint-url "$ENDPOINT" --output text kinesis "$@"; }
stream=awscli-$RANDOM$RANDOM
k create-stream --stream-name $stream --shard-count 1
k wait stream-exists --stream-name $stream
line=$(head -1 "$EVENTS")
k put-record --stream-name $stream --partition-key N151UW --data "$line" >/dev/null
k split-shard --stream-name $stream --shard-to-split shardId-000000000000 --new-starting-hash-key 170141183460469231731687303715884105728
k wait stream-exists --stream-name $stream
k merge-shards --stream-name $stream --shard-to-merge shardId-000000000001 --adjacent-shard-to-merge shardId-000000000002
k wait stream-exists --stream-name $stream
[ "$(k list-shards --stream-name $stream --query 'length(Shards)')" = 4 ]
iterator=$(k get-shard-iterator --stream-name $stream --shard-id shardId-000000000000 --shard-iterator-type TRIM_HORIZON --query ShardIterator)
got=$(k get-records --shard-iterator "$iterator" --query 'Records[0].Data' | base64 -d)
[ "$got" = "$line" ]
k list-streams --query StreamNames | grep -q $stream
k delete-stream --stream-name $stream
echo "1 record byte for byte through a split and a merge"
