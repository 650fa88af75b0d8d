import WeirModel

/// The errors about streams, in the words of Amazon Kinesis.
struct StreamErrors: Sendable {
    /// The account that the texts name.
    let accountID: String
    /// The region that the texts name.
    let region: String

    func streamNotFound(_ name: String) -> ServiceError {
        ServiceError(.resourceNotFound, "Stream \(name) under account \(accountID) not found.")
    }

    func tooManyTags(_ stream: String, maximumCount: Int) -> ServiceError {
        ServiceError(.limitExceeded, "Stream \(stream) would have more than \(maximumCount) tags.")
    }

    func streamHasConsumers(_ name: String) -> ServiceError {
        ServiceError(
            .resourceInUse,
            "DeleteStream can't delete \(accountID):\(name) because there are consumers associated with this data stream. "
                + "To delete \(name) anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of "
                + "all the consumers that are associated with it."
        )
    }

    func consumerExists(_ consumer: String, stream: String) -> ServiceError {
        ServiceError(
            .resourceInUse,
            "Consumer \(consumer) under stream \(stream) already exists for account \(accountID)."
        )
    }

    func consumerNotFound(_ consumer: String) -> ServiceError {
        ServiceError(.resourceNotFound, "Consumer \(consumer), account \(accountID) not found.")
    }

    func tooManyConsumers(_ stream: String, maximumCount: Int) -> ServiceError {
        ServiceError(
            .limitExceeded,
            "Stream \(stream) under account \(accountID) has \(maximumCount) registered consumers, and cannot have more."
        )
    }

    func tooManyTags(consumer: String, _ stream: String, maximumCount: Int) -> ServiceError {
        ServiceError(
            .limitExceeded,
            "Consumer \(consumer) of stream \(stream) would have more than \(maximumCount) tags."
        )
    }

    func streamExists(_ name: String) -> ServiceError {
        ServiceError(.resourceInUse, "Stream \(name) under account \(accountID) already exists.")
    }

    func streamNotActive(_ name: String, status: StreamStatus) -> ServiceError {
        ServiceError(
            .resourceInUse,
            "Stream \(name) under account \(accountID) not ACTIVE, instead in state \(status.rawValue)"
        )
    }

    func streamNotActiveOrUpdating(_ name: String, status: StreamStatus) -> ServiceError {
        ServiceError(
            .resourceInUse,
            "Stream \(name) under account \(accountID) not ACTIVE or UPDATING, instead in state \(status.rawValue)"
        )
    }

    func tooManyTransitions(limit: Int) -> ServiceError {
        ServiceError(
            .limitExceeded,
            "This request would have exceed the limit on the number of streams that can simultaneously be in CREATING "
                + "or DELETING. Limit: \(limit)"
        )
    }

    func onDemandOnly(_ action: String, stream: String) -> ServiceError {
        ServiceError(
            .invalidArgument,
            "\(action) is only supported for data streams with the on-demand capacity mode. Stream \(stream) under "
                + "account \(accountID) is in PROVISIONED mode."
        )
    }

    func provisionedOnly(_ action: String, stream: String) -> ServiceError {
        ServiceError(
            .validation,
            "\(action) is only supported for data streams with the provisioned capacity mode. Stream \(stream) under "
                + "account \(accountID) is in ON_DEMAND mode."
        )
    }

    func targetShardCountExceeded(current: Int, target: Int) -> ServiceError {
        ServiceError(
            .limitExceeded,
            "Target shard count or number of open shards cannot be greater than \(Limits.maximumTargetShardCount). "
                + "Current open shard count: \(current), Target shard count: \(target)"
        )
    }

    func targetAboveDouble(current: Int, target: Int) -> ServiceError {
        ServiceError(
            .limitExceeded,
            "UpdateShardCount cannot scale up over double your current open shard count. Current open shard count: "
                + "\(current) Target shard count: \(target)"
        )
    }

    func targetBelowHalf(current: Int, target: Int) -> ServiceError {
        ServiceError(
            .limitExceeded,
            "UpdateShardCount cannot scale down below half your current open shard count. Current open shard count: "
                + "\(current) Target shard count: \(target)"
        )
    }

    func tooManyChanges(_ kind: RecentChanges.Kind, limit: Int, stream: String) -> ServiceError {
        let what =
            switch kind {
            case .mode: "update the capacity mode of your data stream"
            case .encryptionStart: "start the encryption of your data stream"
            case .encryptionStop: "stop the encryption of your data stream"
            case .shardCount: "update the shard count of your data stream"
            }
        let times = limit == 2 ? "twice" : "\(limit) times"
        return ServiceError(
            .limitExceeded,
            "Rate exceeded for stream \(stream) under account \(accountID). You cannot \(what) more than \(times) "
                + "within 24 hours."
        )
    }

    /// What SplitShard and MergeShards answer for a shard that there is not.
    func shardNotFound(_ shard: ShardID, stream: String) -> ServiceError {
        ServiceError(.resourceNotFound, "Could not find shard \(shard) in stream \(stream) under account \(accountID).")
    }

    /// What GetShardIterator and GetRecords answer for a shard that there is not.
    func shardDoesNotExist(_ shard: ShardID, stream: String) -> ServiceError {
        ServiceError(.resourceNotFound, "Shard \(shard) in stream \(stream) under account \(accountID) does not exist")
    }

    func shardClosed(_ shard: ShardID, stream: String) -> ServiceError {
        ServiceError(
            .invalidArgument,
            "Shard \(shard) in stream \(stream) under account \(accountID) has already been merged or split, "
                + "and thus is not eligible for merging or splitting."
        )
    }

    func splitKeyOutOfRange(_ key: HashKey, shard: ShardDescription, stream: String) -> ServiceError {
        ServiceError(
            .invalidArgument,
            "NewStartingHashKey \(key) used in SplitShard() on shard \(shard.id) in stream \(stream) under account "
                + "\(accountID) is not both greater than one plus the shard's StartingHashKey "
                + "\(shard.hashKeyRange.starting) and less than the shard's EndingHashKey \(shard.hashKeyRange.ending)."
        )
    }

    func shardsNotAdjacent(_ shard: ShardID, _ adjacent: ShardID, stream: String) -> ServiceError {
        ServiceError(
            .invalidArgument,
            "Shards \(shard) and \(adjacent) in stream \(stream) under account \(accountID) are not an adjacent pair "
                + "of shards eligible for merging"
        )
    }

    func shardLimitExceeded(current: Int, limit: Int, additional: Int) -> ServiceError {
        ServiceError(
            .limitExceeded,
            "This request would exceed the shard limit for the account \(accountID) in \(region). Current shard count "
                + "for the account: \(current). Limit: \(limit). Number of additional shards that would have resulted "
                + "from this request: \(additional). Refer to the AWS Service Limits page "
                + "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how "
                + "to request higher limits."
        )
    }

    func onDemandLimitExceeded(current: Int, limit: Int) -> ServiceError {
        ServiceError(
            .limitExceeded,
            "This request would exceed the limit of on-demand data streams for the account \(accountID) in \(region). "
                + "Current on-demand data stream count for the account: \(current). Limit: \(limit)."
        )
    }

    func sequenceNumberOfOtherShard(_ number: SequenceNumber, shard: ShardID) -> ServiceError {
        ServiceError(
            .invalidArgument,
            "Invalid StartingSequenceNumber. It encodes \(ShardID(number.shard)), while it was used in a call to a "
                + "shard with \(shard)"
        )
    }

    func sequenceNumberOfOtherStream(_ number: SequenceNumber, shard: ShardID, stream: String) -> ServiceError {
        ServiceError(
            .invalidArgument,
            "StartingSequenceNumber \(number) used in GetShardIterator on shard \(shard) in stream \(stream) under "
                + "account \(accountID) is invalid because it did not come from this stream."
        )
    }

    func sequenceNumberNotYetGiven(_ number: SequenceNumber, shard: ShardID, stream: String) -> ServiceError {
        ServiceError(
            .invalidArgument,
            "StartingSequenceNumber \(number) used in GetShardIterator on shard \(shard) in stream \(stream) under "
                + "account \(accountID) is invalid."
        )
    }

    func retentionTooShort(hours: Int) -> ServiceError {
        ServiceError(
            .invalidArgument,
            "Minimum allowed retention period is \(Limits.minimumRetentionHours) hours. Requested retention period "
                + "(\(hours) hours) is too short."
        )
    }

    func retentionTooLong(hours: Int) -> ServiceError {
        ServiceError(
            .invalidArgument,
            "Maximum allowed retention period is \(Limits.maximumRetentionHours) hours. Requested retention period "
                + "(\(hours) hours) is too long."
        )
    }

    func shardCountOutOfRange(_ count: Int) -> ServiceError {
        ServiceError(
            .invalidArgument,
            "ShardCount \(count) is not between 1 and \(Limits.maximumShardCount)."
        )
    }
}
