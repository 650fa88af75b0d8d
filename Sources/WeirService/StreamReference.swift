import WeirModel
import WeirStore

/// How a request names its stream, and the errors that say that it could not be found.
extension KinesisService {
    /// The ARN of a stream of this account and region.
    func arn(of name: String) -> String { StreamARN(region: region, account: account, name: name).description }

    /// Resolves the name or the ARN of a request, after its members were found to be valid.
    func streamName(_ name: String?, _ arn: String?) throws(ServiceError) -> String {
        guard let arn, let parsed = StreamARN(arn) else { return name ?? "" }
        guard parsed.account == account, parsed.region == region else {
            throw ServiceError(.resourceNotFound, "Stream \(parsed.name) under account \(parsed.account) not found.")
        }
        if let name, name != parsed.name {
            throw ServiceError(
                .invalidArgument,
                "StreamName \(name) and StreamARN \(arn) must refer to the same stream."
            )
        }
        return parsed.name
    }

    /// Resolves the name, the ARN or the ID of a request, after its members were found to be valid.
    func streamName(_ name: String?, _ arn: String?, _ id: String?) async throws(ServiceError) -> String {
        guard let id else { return try streamName(name, arn) }
        guard let parsed = StreamID(id) else { throw streamNotFound(id) }
        let stream: StreamDescription
        do throws(ServiceError) {
            stream = try await store.stream(id: parsed.number)
        } catch {
            throw streamError(error, id)
        }
        guard StreamID(stream) == parsed else { throw streamNotFound(id) }
        guard name != nil || arn != nil else { return stream.name }
        let named = try streamName(name, arn)
        guard named == stream.name else {
            throw ServiceError(.invalidArgument, "Stream \(named) and StreamId \(id) must refer to the same stream.")
        }
        return named
    }

    /// What AWS says of a stream that is not there.
    func streamNotFound(_ name: String, cause: ServiceError? = nil) -> ServiceError {
        ServiceError(.resourceNotFound, "Stream \(name) under account \(account) not found.", cause: cause)
    }

    /// A snapshot of a stream.
    func stream(_ name: String) async throws(ServiceError) -> StreamDescription {
        do throws(ServiceError) {
            return try await store.stream(name: name)
        } catch {
            throw streamError(error, name)
        }
    }

    /// Changes the settings of a stream.
    func changeSettings(
        of name: String,
        _ change: StreamSettingsChange
    ) async throws(ServiceError) -> StreamSettingsUpdate {
        do throws(ServiceError) {
            return try await store.changeSettings(of: name, change)
        } catch {
            throw streamError(error, name)
        }
    }

    /// Puts an error of the store about a stream into AWS's words.
    func streamError(_ error: ServiceError, _ name: String) -> ServiceError {
        guard error.code == .resourceNotFound else { return error }
        return streamNotFound(name, cause: error)
    }

    /// What AWS says of a shard that is not there, when a place in it is asked for.
    func shardDoesNotExist(_ shard: ShardID, _ name: String, cause: ServiceError? = nil) -> ServiceError {
        ServiceError(
            .resourceNotFound,
            "Shard \(shard) in stream \(name) under account \(account) does not exist",
            cause: cause
        )
    }

    /// What AWS says of a shard that is not there, when it is to be changed, and of a name that is none of a shard.
    func couldNotFindShard(_ shard: String, _ name: String) -> ServiceError {
        ServiceError(.resourceNotFound, "Could not find shard \(shard) in stream \(name) under account \(account).")
    }

    /// Reads a shard's name as AWS does: what follows the first `-` counts, with or without leading zeros, below 2^31.
    func shardID(_ text: String, stream: String) throws(ServiceError) -> ShardID {
        if let id = ShardID(text), id.number <= Int32.max { return id }
        let digits = text.firstIndex(of: "-").map { text[text.index(after: $0)...] } ?? text[...]
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, let number = Int32(digits) else { throw couldNotFindShard(text, stream) }
        return ShardID(UInt32(number))
    }

    /// The stream must be there for good: it has shards and takes consumers.
    func requireActiveOrUpdating(_ stream: StreamDescription) throws(ServiceError) {
        guard stream.status != .active, stream.status != .updating else { return }
        throw ServiceError(
            .resourceInUse,
            """
            Stream \(stream.name) under account \(account) not ACTIVE or UPDATING, instead in state \
            \(stream.status.rawValue)
            """
        )
    }

    /// The stream must be ready for a change of its shards or settings.
    func requireActive(_ stream: StreamDescription) throws(ServiceError) {
        guard stream.status != .active else { return }
        throw ServiceError(
            .resourceInUse,
            "Stream \(stream.name) under account \(account) not ACTIVE, instead in state \(stream.status.rawValue)"
        )
    }
}

extension Validator {
    /// Checks the members that name a stream: one or several of its name, its ARN and its ID.
    mutating func stream(_ name: String?, _ arn: String?, _ id: String? = nil) {
        if name == nil && arn == nil && id == nil { require("streamName", false) }
        text("streamName", name, pattern: .name, length: 1...Limits.maximumStreamNameLength)
        text("streamARN", arn, pattern: .streamARN, length: 1...Limits.maximumStreamARNLength)
        streamID(id)
    }

    /// Checks the members that name a stream where its name is none of them.
    mutating func stream(arn: String?, id: String?) {
        require("streamARN", arn != nil || id != nil)
        text("streamARN", arn, pattern: .streamARN, length: 1...Limits.maximumStreamARNLength)
        streamID(id)
    }

    /// Checks the member that has the ID of a stream.
    mutating func streamID(_ id: String?) {
        text("streamId", id, pattern: .streamID, length: 1...Limits.maximumStreamIDLength)
    }

    /// Checks a member that names a shard.
    mutating func shard(_ member: String, _ id: String?, isRequired: Bool = true) {
        if isRequired { require(member, id != nil) }
        text(member, id, pattern: .name, length: 1...Limits.maximumShardIDLength)
    }
}
