import NIOCore
import WeirModel
import WeirStore

/// A place in a shard that a client holds between two calls: what is inside a shard iterator.
struct ShardIterator: Hashable {
    /// The stream. One that was deleted and made again has another ID.
    var streamID: Int64
    /// The stream's name, by which it is found again.
    var streamName: String
    /// The shard.
    var shard: ShardID
    /// The place.
    var position: ShardPosition
    /// When the iterator was made; it is good for five minutes.
    var issuedAt: Int64

    private static let version: UInt8 = 1
    private static let purpose: StaticString = "shard-iterator"

    /// The opaque text.
    func sealed(by sealer: TokenSealer) throws(ServiceError) -> String {
        var bytes = ByteBuffer()
        bytes.writeInteger(Self.version)
        bytes.writeInteger(streamID)
        bytes.writeInteger(shard.number)
        bytes.writeInteger(position.index)
        bytes.writeInteger(issuedAt)
        bytes.writeString(streamName)
        guard let token = sealer.seal(Array(bytes.readableBytesView), purpose: Self.purpose) else {
            throw ServiceError(.internalFailure, "The shard iterator could not be encrypted.")
        }
        return token
    }

    /// Reads an opaque text. Throws `invalidArgument` when it is not one of ours, `expiredIterator` when it is too old.
    init(_ token: String, sealer: TokenSealer, now: Int64) throws(ServiceError) {
        let invalid = ServiceError(.invalidArgument, "Invalid ShardIterator.")
        guard var bytes = sealer.open(token, purpose: Self.purpose) else { throw invalid }
        guard bytes.readInteger(as: UInt8.self) == Self.version,
            let streamID = bytes.readInteger(as: Int64.self),
            let shard = bytes.readInteger(as: UInt32.self),
            let index = bytes.readInteger(as: UInt64.self),
            let issuedAt = bytes.readInteger(as: Int64.self)
        else { throw invalid }
        self.init(
            streamID: streamID,
            streamName: bytes.readString(length: bytes.readableBytes) ?? "",
            shard: ShardID(shard),
            position: ShardPosition(index: index),
            issuedAt: issuedAt
        )
        let lifetime = Int64(Limits.shardIteratorLifetimeInSeconds) * 1000
        guard now - issuedAt <= lifetime else {
            throw ServiceError(
                .expiredIterator,
                """
                Iterator expired. The iterator was created at time \(Self.date(issuedAt)) while right now it is \
                \(Self.date(now)) which is further in the future than the tolerated delay of \(lifetime) milliseconds.
                """
            )
        }
    }

    init(streamID: Int64, streamName: String, shard: ShardID, position: ShardPosition, issuedAt: Int64) {
        self.streamID = streamID
        self.streamName = streamName
        self.shard = shard
        self.position = position
        self.issuedAt = issuedAt
    }

    /// A time in the form of the message: `Thu Jan 22 01:22:02 UTC 2015`.
    private static func date(_ milliseconds: Int64) -> String {
        let date = CivilDate(millisecondsSinceEpoch: milliseconds)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = "\(two(date.hour)):\(two(date.minute)):\(two(date.second))"
        return "\(date.weekdayName) \(date.monthName) \(two(date.day)) \(clock) UTC \(date.year)"
    }
}
