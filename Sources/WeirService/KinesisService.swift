import Crypto
import Logging
import NIOCore
import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

/// The Kinesis Data Streams API over a ``StreamStore``: checks a request as AWS does, performs it, and answers.
///
/// It knows nothing of HTTP. Each action has its file in `Actions`.
public struct KinesisService: ActionService {
    public var service: WireService { .kinesis }

    /// The account that owns the streams: twelve digits.
    public let account: String
    /// The region in which the streams say they are.
    public let region: String

    let store: any StreamStore
    let tokens: TokenSealer
    let time: any TimeSource
    let logger: Logger

    /// A service over a store.
    ///
    /// - Parameters:
    ///   - store: Holds the streams.
    ///   - tokenKey: Authenticates shard iterators and pagination tokens. They are good as long as it stays the same.
    ///   - account: The account that owns the streams: twelve digits.
    ///   - region: The region in which the streams say they are.
    ///   - time: By which tokens expire.
    ///   - logger: Gets what an operator should know.
    public init(
        store: any StreamStore,
        tokenKey: SymmetricKey,
        account: String = "000000000000",
        region: String = "us-east-1",
        time: any TimeSource = SystemTime(),
        logger: Logger
    ) {
        self.store = store
        self.tokens = TokenSealer(key: tokenKey)
        self.account = account
        self.region = region
        self.time = time
        self.logger = logger
    }

    public func perform(
        _ action: String,
        body: ByteBuffer,
        format: WireFormat
    ) async throws(ServiceError) -> ByteBuffer {
        // One line an action; the calls of the data plane come first.
        switch action {
        case "PutRecords": return write(try await putRecords(try .init(wire: body, format: format)), format)
        case "PutRecord": return write(try await putRecord(try .init(wire: body, format: format)), format)
        case "GetRecords": return write(try await getRecords(try .init(wire: body, format: format)), format)
        case "GetShardIterator": return write(try await getShardIterator(try .init(wire: body, format: format)), format)
        case "CreateStream": return write(try await createStream(try .init(wire: body, format: format)), format)
        case "DeleteStream": return write(try await deleteStream(try .init(wire: body, format: format)), format)
        case "DescribeStream": return write(try await describeStream(try .init(wire: body, format: format)), format)
        case "DescribeStreamSummary":
            return write(try await describeStreamSummary(try .init(wire: body, format: format)), format)
        case "ListStreams": return write(try await listStreams(try .init(wire: body, format: format)), format)
        case "ListShards": return write(try await listShards(try .init(wire: body, format: format)), format)
        case "SplitShard": return write(try await splitShard(try .init(wire: body, format: format)), format)
        case "MergeShards": return write(try await mergeShards(try .init(wire: body, format: format)), format)
        case "IncreaseStreamRetentionPeriod":
            return write(try await increaseStreamRetentionPeriod(try .init(wire: body, format: format)), format)
        case "DecreaseStreamRetentionPeriod":
            return write(try await decreaseStreamRetentionPeriod(try .init(wire: body, format: format)), format)
        case "AddTagsToStream": return write(try await addTagsToStream(try .init(wire: body, format: format)), format)
        case "RemoveTagsFromStream":
            return write(try await removeTagsFromStream(try .init(wire: body, format: format)), format)
        case "ListTagsForStream":
            return write(try await listTagsForStream(try .init(wire: body, format: format)), format)
        case "TagResource": return write(try await tagResource(try .init(wire: body, format: format)), format)
        case "UntagResource": return write(try await untagResource(try .init(wire: body, format: format)), format)
        case "ListTagsForResource":
            return write(try await listTagsForResource(try .init(wire: body, format: format)), format)
        default: throw ServiceError(.unknownOperation, "")
        }
    }

    private func write(_ response: some WireMessage, _ format: WireFormat) -> ByteBuffer {
        var body = ByteBuffer()
        response.write(to: &body, format: format)
        return body
    }
}
