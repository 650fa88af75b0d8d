/// Every limit of the API and of the server, in one place.
///
/// Source of the API's limits: https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html and the
/// API reference page of each action.
public enum Limits {
    // Names
    /// Characters of a stream name, at most.
    public static let maximumStreamNameLength = 128
    /// Characters of a stream ARN, at most.
    public static let maximumStreamARNLength = 2048
    /// Characters of a stream ID, at most.
    public static let maximumStreamIDLength = 24
    /// Characters of a shard ID, at most.
    public static let maximumShardIDLength = 128

    // Records
    /// Unicode characters of a partition key, at most (at least one).
    public static let maximumPartitionKeyLength = 256
    /// Bytes of a record's data and partition key together, at most, in a stream whose maximum was not raised.
    public static let maximumRecordSizeInBytes = 1 << 20
    /// KiB to which a stream may raise the size of its records, data and partition key together.
    public static let recordSizeRangeInKiB = 1024...10_240
    /// Bytes of a record's data, at most, whatever the stream takes.
    public static let maximumDataSizeInBytes = 10 << 20
    /// Records of one PutRecords call, at most.
    public static let maximumPutRecordsCount = 500
    /// Bytes of one PutRecords call, data and partition keys, at most.
    public static let maximumPutRecordsSizeInBytes = 10 << 20
    /// Digits of a sequence number in a request, at most.
    public static let maximumSequenceNumberLength = 129

    // Reading
    /// Records of one GetRecords answer, at most; also the default.
    public static let maximumGetRecordsCount = 10_000
    /// Bytes of data and partition keys of one GetRecords answer, at most.
    public static let maximumGetRecordsSizeInBytes = 10 << 20
    /// Characters of a shard iterator, at most.
    public static let maximumShardIteratorLength = 512
    /// A shard iterator is good for this many seconds after it was made.
    public static let shardIteratorLifetimeInSeconds = 300
    /// Seconds that a GetRecords call may wait for a record, at most, where its client asks for that (docs/LONG-POLL.md).
    public static let maximumReadWaitInSeconds = 20
    /// GetRecords calls of one region that wait, at most: each takes some 25 KB. Where they would take more than half of the
    /// connections of the server, fewer. Further ones are answered at once.
    public static let maximumReadWaitCount = 10_000
    /// A pagination token of ListShards is good for this many seconds.
    public static let nextTokenLifetimeInSeconds = 300

    /// Characters of a pagination token, at most.
    public static let maximumNextTokenLength = 1 << 20

    // Rates, where they are enforced (``LimitEnforcement/aws``)
    /// Bytes of data and partition keys that a shard takes each second.
    public static let shardWriteBytesPerSecond = 1 << 20
    /// Records that a shard takes each second.
    public static let shardWriteRecordsPerSecond = 1000
    /// Bytes of data and partition keys that GetRecords reads from a shard each second. One call may read more; then the
    /// next ones have to wait.
    public static let shardReadBytesPerSecond = 2 << 20
    /// GetRecords calls of a shard each second.
    public static let shardReadCallsPerSecond = 5
    /// GetShardIterator calls of a shard each second.
    public static let shardIteratorCallsPerSecond = 5

    // Streams
    /// Hours a record is kept, at least; also the default.
    public static let minimumRetentionHours = 24
    /// Hours a record is kept, at most (365 days).
    public static let maximumRetentionHours = 8_760
    /// Hours a record may be kept.
    public static let retentionHours = minimumRetentionHours...maximumRetentionHours
    /// Shards a stream may be created with, and open shards of one server, at most.
    public static let maximumShardCount = 100_000
    /// Streams in on-demand mode of one server, at most, unless it is set otherwise (Amazon Kinesis: 50).
    public static let maximumOnDemandStreamCount = 10_000
    /// Milliseconds that a commitment to a minimum throughput lasts at least.
    public static let minimumCommitmentMilliseconds: Int64 = 86_400_000
    /// Bytes of a resource policy, at most.
    ///
    /// Source: https://docs.aws.amazon.com/streams/latest/dev/resource-based-policy-examples.html
    public static let maximumResourcePolicySizeInBytes = 20 << 10
    /// Streams of one ListStreams answer, at most.
    public static let maximumListStreamsLimit = 10_000
    /// Streams of one ListStreams answer when the call names no limit.
    public static let defaultListStreamsLimit = 100
    /// Shards of one ListShards answer, at most.
    public static let maximumListShardsResults = 10_000
    /// Shards of one ListShards answer when the call names no maximum.
    public static let defaultListShardsResults = 1_000
    /// Shards of one DescribeStream answer, at most.
    public static let maximumDescribeStreamLimit = 10_000
    /// Shards of one DescribeStream answer when the call names no limit.
    public static let defaultDescribeStreamLimit = 100

    /// Streams in CREATING or DELETING at a time, at most, where AWS's limits are enforced (``LimitEnforcement/aws``).
    public static let maximumTransitioningStreamCount = 5

    /// Shards of a stream in on-demand mode when it is made.
    public static let onDemandShardCount = 4
    /// Percent of what a shard takes each second, bytes or records, from which a shard of an on-demand stream is split (Amazon
    /// Kinesis: 500 KB a second). So the stream takes about double its peak.
    ///
    /// Source: https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
    public static let onDemandSplitPercent = 50
    /// Seconds that a shard must be above it before it is split (Amazon Kinesis: up to 15 minutes).
    public static let onDemandSplitDelayInSeconds = 60
    /// Percent of what a shard takes each second: two neighbours that each take less than half of it are merged.
    public static let onDemandMergePercent = 20
    /// Seconds that both must have been below that half before they are merged.
    public static let onDemandQuietTimeInSeconds = 86_400
    /// Seconds between two looks at the load of an on-demand stream.
    public static let onDemandSampleIntervalInSeconds = 10
    /// Open shards to which an on-demand stream grows by its load, at most: what takes double the 200 MiB a second that Amazon
    /// Kinesis allows by default, at one MiB a second and shard.
    public static let maximumOnDemandShardCount = 400
    /// Percent of the load of two siblings from which it is that of one: then the split between them did not help.
    public static let onDemandOneSidePercent = 90
    /// Splits in a row that may not have helped, at most, before a shard is left as it is: its load is that of few keys.
    public static let maximumFutileSplits = 3
    /// MiB a second that an on-demand stream may be kept ready to take, at most (10 GiB a second).
    public static let maximumWarmThroughputMiBps = 10 << 10
    /// Names of shard-level metrics of one call, at most (at least one).
    public static let maximumMetricNamesPerCall = 7
    /// Characters of the name of an encryption key, at most (at least one).
    public static let maximumKeyIDLength = 2048
    /// Changes of the capacity mode of one stream in 24 hours, at most.
    public static let maximumModeChangesPerDay = 2
    /// Times that encryption is started, and times that it is stopped, for one stream in 24 hours, at most.
    public static let maximumEncryptionChangesPerDay = 25
    /// Open shards that UpdateShardCount gives a stream, at most.
    public static let maximumTargetShardCount = 10_000
    /// Changes of the number of shards of one stream by UpdateShardCount in 24 hours, at most.
    public static let maximumShardCountChangesPerDay = 10
    /// Tags of one stream, at most.
    public static let maximumTagCount = 50
    /// Tags of one call that sets tags, at most (at least one).
    public static let maximumTagsPerCall = 200
    /// Keys of one call that removes tags, at most (at least one); also tags of one ListTagsForStream answer.
    public static let maximumTagKeysPerCall = 50
    /// Characters of a tag's key, at most (at least one).
    public static let maximumTagKeyLength = 128
    /// Characters of a tag's value, at most.
    public static let maximumTagValueLength = 256

    // Logs
    /// Milliseconds after which what a stream acknowledged is synced, where that is done at intervals.
    public static let durabilityIntervalInMilliseconds = 1...60_000
    /// Bytes to which the file of a segment of a log may be set to grow.
    public static let segmentSizeInBytes = (1 << 20)...(4 << 30)

    // Consumers (enhanced fan-out)
    /// Characters of a consumer's name, at most.
    public static let maximumConsumerNameLength = 128
    /// Characters of a consumer ARN, at most.
    public static let maximumConsumerARNLength = 2048
    /// Consumers registered with one stream and queues on it, together, at most.
    public static let maximumConsumerCount = 20
    /// The same for a stream on demand of an account with a commitment to a minimum throughput (On-demand Advantage).
    public static let maximumAdvantageConsumerCount = 50
    /// What the `MaxResults` of a ListStreamConsumers call may be, at most.
    public static let maximumListStreamConsumersResults = 10_000
    /// Consumers of one ListStreamConsumers answer, at most, also when the call names a greater maximum or none.
    public static let defaultListStreamConsumersResults = 100

    /// A subscription to a shard ends after so many seconds.
    public static let subscriptionLifetimeInSeconds = 300
    /// A consumer may subscribe to a shard again so many seconds after the last time.
    public static let subscriptionIntervalInSeconds = 5
    /// Where there are no records, a subscription sends an empty event after so many seconds.
    public static let subscriptionHeartbeatInSeconds = 5
    /// Records of one event of a subscription, at most.
    public static let maximumSubscriptionEventCount = 10_000
    /// Bytes of data and partition keys of one event of a subscription, at most, unless one record alone has more.
    public static let maximumSubscriptionEventSizeInBytes = 1 << 20
    /// Bytes of one message of an event stream that are taken, at most: a record of 10 MiB in base64 is below it.
    public static let maximumEventStreamMessageSizeInBytes = 24 << 20
    /// Bytes of the headers of one message of an event stream that are taken, at most.
    public static let maximumEventStreamHeaderSizeInBytes = 128 << 10

    // Queues (source: the service model of 2026)
    /// Characters of a queue's name, at most (at least one).
    public static let maximumQueueNameLength = 128
    /// Characters of a queue's ARN, at most.
    public static let maximumQueueARNLength = 2048
    /// Characters of a receipt handle, at most (at least one).
    public static let maximumReceiptHandleLength = 1024
    /// Streams of one CreateQueue call by the model; more than one is refused, as a queue delivers from one stream.
    public static let maximumQueueStreamConfigurationCount = 10_000
    /// Records of one receive, and entries of one call about records, at most (at least one).
    public static let maximumQueueRecordCount = 10
    /// Seconds that a receive waits for a record.
    public static let queueWaitSeconds = 1...20
    /// Seconds that a receive waits when it does not say.
    public static let defaultQueueWaitSeconds = 9
    /// Seconds for which a record that was received is not visible.
    public static let visibilityTimeoutSeconds = 0...43_200
    /// Seconds for which it is not when nobody says.
    public static let defaultVisibilityTimeoutSeconds = 30
    /// Handlers of one consumer of a queue at a time, at most, and records that wait for one.
    public static let maximumQueueConcurrency = 10_000
    /// How often a record may be received before it is a dead letter.
    public static let maximumReceiveCountRange = 1...1000
    /// How often when nobody says.
    public static let defaultMaximumReceiveCount = 6
    /// Queues of one ListQueues answer, at most; also the default.
    public static let maximumListQueuesResults = 10_000
    /// Records of a queue that are counted for its metrics, at most.
    public static let maximumCountedQueueRecordCount = 1_000_000
    /// Bytes of data and partition keys of one receive, at most, unless one record alone has more.
    public static let maximumQueueReceiveSizeInBytes = 10 << 20

    // Lease tables (the part of DynamoDB that the KCL calls)
    /// Bytes of one item, attribute names and values, at most.
    public static let maximumItemSizeInBytes = 400 << 10
    /// Bytes of the state that a consumer keeps with a prepared checkpoint, at most: each scan reads it.
    public static let maximumCheckpointStateSizeInBytes = 64 << 10
    /// Bytes of one Scan answer, at most.
    public static let maximumScanSizeInBytes = 1 << 20
    /// Characters of the name of a key attribute, at most.
    public static let maximumKeyNameLength = 255
    /// Days for which the past of a table may be asked to be kept, at most.
    public static let maximumRecoveryPeriodInDays = 35
    /// Names of one `AttributesToGet`, at most (at least one).
    public static let maximumAttributesToGet = 255
    /// Bytes of one BatchGetItem answer, at most.
    public static let maximumBatchGetSizeInBytes = 16 << 20
    /// Keys of one BatchGetItem call, at most.
    public static let maximumBatchGetCount = 100
    /// Changes of one BatchWriteItem call, at most.
    public static let maximumBatchWriteCount = 25
    /// Items of one transaction, at most.
    public static let maximumTransactionCount = 100
    /// Characters of the token that makes a transaction happen once, at most.
    public static let maximumTransactionTokenLength = 36
    /// A transaction's token is known for this many seconds.
    public static let transactionTokenLifetimeInSeconds = 600
    /// Tokens of transactions that are known at a time, at most; the oldest are forgotten first.
    public static let maximumTransactionTokenCount = 10_000
    /// Bytes of an expression, at most.
    public static let maximumExpressionSizeInBytes = 4096
    /// Operators and functions of an expression, at most.
    public static let maximumExpressionOperatorCount = 300
    /// Operands of IN, at most.
    public static let maximumInOperandCount = 100
    /// An index into a list in an expression, at most.
    public static let maximumListIndex = 9_999_999
    /// Levels of an item's attribute: lists and maps in each other, and the value in them, at most.
    public static let maximumAttributeDepth = 32
    /// Global secondary indexes of a table, at most.
    public static let maximumIndexCount = 20
    /// Attributes that the indexes of a table name in their projections, in all, at most.
    public static let maximumProjectedAttributeCount = 100
    /// Units of read or write capacity, at most.
    public static let maximumCapacityUnits = 1_000_000_000_000
    /// Characters of the name of an attribute that says when items expire, at most.
    public static let maximumExpiryAttributeLength = 255
    /// An item that expired more than so many years ago is taken for one that never does.
    public static let maximumExpiryAgeInYears = 5
    /// Bytes of a range key value, at most.
    public static let maximumRangeKeySizeInBytes = 1024
    /// Bytes of a hash key value, at most.
    public static let maximumHashKeySizeInBytes = 2048
    /// Characters of a table name, at least.
    public static let minimumTableNameLength = 3
    /// Characters of a table name, at most.
    public static let maximumTableNameLength = 255

    /// Tables of one ListTables answer, at most; also the default.
    public static let maximumListTablesLimit = 100
    /// Segments of a parallel scan, at most.
    public static let maximumScanSegments = 1_000_000

    // Watches of tables: see docs/CHANGE-FEED.md
    /// Changes of one table that are kept for those who watch it, at most: whoever is further behind has to scan again.
    public static let maximumKeptChangeCount = 1024
    /// Bytes of the changes of one table that are kept, at most.
    public static let maximumKeptChangesSizeInBytes = 1 << 20
    /// Tables of one region whose changes are kept, at most.
    public static let maximumWatchedTableCount = 128
    /// The changes of a table are kept for so many seconds after somebody asked for them last.
    public static let changeRetentionInSeconds = 60
    /// Watches of tables of one region, at most.
    public static let maximumTableWatchCount = 1024
    /// A watch of a table ends after so many seconds; the next one goes on where it was.
    public static let tableWatchLifetimeInSeconds = 300
    /// Where there are no changes, a watch sends a heartbeat after so many seconds.
    public static let tableWatchHeartbeatInSeconds = 5
    /// Characters of the cursor of a watch, at most (at least one).
    public static let maximumTableCursorLength = 128

    // Dead letters
    /// Bytes of a record's data that one dead letter carries, at most: in base64, with the other members, it has to fit
    /// into a record.
    public static let maximumDeadLetterPartSizeInBytes = 704 << 10
    /// Bytes of an error's text in a dead letter, at most.
    public static let maximumDeadLetterErrorSizeInBytes = 4 << 10

    // The server
    /// Bytes of a request body, at most: 10 MiB of records in base64, and the JSON around 500 of them.
    public static let maximumRequestBodySizeInBytes = 16 << 20
    /// Bytes of a request's line and headers together, at most.
    public static let maximumRequestHeaderSizeInBytes = 32 << 10
    /// Bytes of access log lines that wait to be written, at most: more are dropped.
    public static let maximumAccessLogBacklogInBytes = 4 << 20
    /// Regions of one server, at most: each has its own catalogue and threads.
    public static let maximumRegionCount = 32
    /// Headers of a request, at most.
    public static let maximumRequestHeaderCount = 100
    /// Bytes of the headers of an HTTP/2 request with the 32 that count for each (RFC 9113, section 6.5.2), at most: a
    /// request above it ends its connection, because nothing can be read behind it.
    public static let maximumHeaderListSizeInBytes = 64 << 10
    /// Streams of an HTTP/2 connection that are open at a time, at most.
    public static let maximumConcurrentStreams = 256
    /// Bytes that request bodies, and what is made of them, may take of a server's memory at a time, unless it is set
    /// otherwise. When there are as many, only the body that began first is read on until there is room again.
    public static let maximumBodyMemoryInBytes = 256 << 20
    /// The same of one connection.
    public static let maximumConnectionBodyMemoryInBytes = 32 << 20
    /// How often the bytes of a request body count for these limits until its request was answered: as they came, and as
    /// what is made of them. The data of a put is decoded, or encrypted, and then the body is let go; the larger of the two
    /// steps holds about twice the body.
    public static let bodyMemoryFactor = 2
    /// Bytes of answers to GetRecords and of events of subscriptions that a server holds at a time, more or less, until they
    /// have left for their clients: as they become more, each further one has fewer records, and then events wait.
    public static let maximumReplyMemoryInBytes = 256 << 20
    /// Bytes of records that an answer to GetRecords may have however many there are; at least one record comes always.
    public static let minimumReplyRoomInBytes = 64 << 10
    /// Bytes of a request body that are not counted: smaller bodies are not worth it.
    public static let uncountedBodySizeInBytes = 64 << 10
    /// Bytes of a request body that an HTTP/2 client may send ahead on a stream, also on one that is not read.
    public static let streamWindowSizeInBytes = 128 << 10
    /// The same of all streams of a connection together.
    public static let connectionWindowSizeInBytes = 4 << 20
    /// Bytes of an answer that is made while it is read, which the client has not read: with more of them no further
    /// piece is made.
    public static let maximumUnreadStreamBytes = 256 << 10
    /// Streams that an HTTP/2 client may reset, or break, in half a minute. A worker that stops ends all its
    /// subscriptions so.
    public static let maximumStreamResetsPerHalfMinute = 1024
    /// Pings, settings and priorities that an HTTP/2 client may send in half a minute.
    public static let maximumControlFramesPerHalfMinute = 256
    /// Answers to those that wait for an HTTP/2 client to read, at most.
    public static let maximumWaitingControlFrames = 2048
    /// Nesting of a JSON or CBOR body, at most.
    public static let maximumMessageDepth = 96
    /// Values of a JSON body that is read into a tree, and data items of any CBOR body, at most.
    public static let maximumMessageValueCount = 1_000_000

    // Metrics
    /// Streams of a region that have metrics of their own, at most: the others are counted together.
    public static let maximumMeteredStreamCount = 1000
    /// Consumers of a stream that have metrics of their own, at most: the others are counted together.
    public static let maximumMeteredConsumerCount = 40
    /// Queues of a region that have metrics of their own, at most: the others are counted together.
    public static let maximumMeteredQueueCount = 1000
    /// Shards of a stream that have metrics of their own where shard-level metrics are on, at most.
    public static let maximumMeteredShardCount = 1000
    /// Kinds of requests that are told apart: service, action, status and error. The others are counted together.
    public static let maximumMeteredRequestKindCount = 2000
    /// Data of one PutMetricData call, at most (at least one).
    ///
    /// Source of this and of the following, with the botocore model:
    /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
    public static let maximumMetricDataCount = 1000
    /// Entities of one PutMetricData call, at most.
    public static let maximumMetricEntityCount = 2
    /// Dimensions of a metric, at most.
    public static let maximumDimensionCount = 30
    /// Values of a metric's datum, at most.
    public static let maximumMetricValueCount = 150
    /// Characters of a name space, of a metric's name and of a dimension's name, at most (at least one).
    public static let maximumMetricNameLength = 255
    /// Characters of a dimension's value, at most (at least one).
    public static let maximumDimensionValueLength = 1024
    /// Milliseconds by which a datum's time may lie before now (two weeks), and after it (two hours).
    public static let metricAgeInMilliseconds: (past: Int64, future: Int64) = (14 * 86_400_000, 2 * 3_600_000)
    /// Parameters of a form that is read, at most: a thousand data with all that they may have.
    public static let maximumFormParameterCount = 400_000
    /// Places in the tree that the names of a form's parameters make, at most: a thousand data with all that they may
    /// have make 406,000.
    public static let maximumFormNodeCount = 500_000
    /// Series that PutMetricData makes, at most: name space, metric, unit and dimensions. Others are dropped and
    /// counted.
    public static let maximumMetricSeriesCount = 10_000
    /// Bytes of the names of all series together, at most.
    public static let maximumMetricSeriesSizeInBytes = 16 << 20
    /// Characters of the token with which `/metrics` is read, at least and at most.
    public static let metricsTokenLength = 16...1024

    // Signatures
    /// Seconds by which the time of a signature may differ from the server's clock, before and after.
    ///
    /// Source: the errors of Kinesis, `Signature expired: … (… - 5 min.)`.
    public static let maximumClockSkewInSeconds = 300
    /// Seconds for which a presigned request is good, at most (at least one): a week.
    ///
    /// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    public static let maximumPresignedLifetimeInSeconds = 604_800
    /// Bytes of a credentials file, at most.
    public static let maximumCredentialsFileSizeInBytes = 1 << 20
    /// Bytes of the file of a server's private key, at most.
    public static let maximumPrivateKeyFileSizeInBytes = 1 << 20
    /// Access keys of a credentials file, at most (at least one).
    public static let maximumAccessKeyCount = 10_000
    /// Characters of an access key's ID and of a user's name, at most (at least one).
    public static let maximumAccessKeyIDLength = 128
    /// Characters of an access key's secret, at least.
    public static let minimumSecretAccessKeyLength = 16
    /// Characters of the name of a region, at most (at least one).
    public static let maximumRegionNameLength = 63

    // Damage
    /// Damaged records, or blocks of records, that are told one by one, at most; more are left out of answers all the same.
    public static let maximumNotedDamagedRecordCount = 10_000

    // Backups
    /// Characters of a backup's name, at most (at least one).
    public static let maximumBackupNameLength = 128

    // The client
    /// Bytes of an answer's body that the client takes, at most.
    public static let maximumResponseBodySizeInBytes = 64 << 20
    /// Bytes of one of the shared configuration files of AWS's tools, at most.
    public static let maximumConfigurationFileSizeInBytes = 1 << 20

    // MARK: Connections

    /// Connections that a server takes at a time unless it is told otherwise, at most: each may hold half a MiB of small bodies that
    /// nothing else bounds.
    public static let defaultMaximumConnectionCount = 15_000
}
