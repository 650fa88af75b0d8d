import WeirModel
import WeirStore
import WeirWire

/// The rules of tags.
enum StreamTags {
    /// The tags by ascending key.
    static func sorted(_ tags: [String: String]) -> [Tag] {
        tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) }
    }

    /// Checks the tags of a call that sets some.
    static func validate(_ tags: [String: String]) throws(ServiceError) {
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
            try validate(key: key)
            // The server follows these tags of a stream. The value of one may have parentheses, which others may not.
            switch key {
            case Durability.tagKey: try check(value, of: key, isValid: Durability(value) != nil, Durability.grammar)
            case Compression.tagKey: try check(value, of: key, isValid: Compression(value) != nil, Compression.grammar)
            case SegmentSize.tagKey: try check(value, of: key, isValid: SegmentSize(value) != nil, SegmentSize.grammar)
            default: try validate(value: value)
            }
        }
    }

    private static func validate(value: String) throws(ServiceError) {
        guard value.unicodeScalars.count <= Limits.maximumTagValueLength, isAllowed(value) else {
            throw invalid("value", value, "0 to \(Limits.maximumTagValueLength)")
        }
    }

    /// Checks a key of a call that removes some.
    static func validate(key: String) throws(ServiceError) {
        guard (1...Limits.maximumTagKeyLength).contains(key.unicodeScalars.count), isAllowed(key) else {
            throw invalid("key", key, "1 to \(Limits.maximumTagKeyLength)")
        }
        guard !key.lowercased().hasPrefix("aws:") else {
            throw ServiceError(.invalidArgument, "The tag key '\(key)' begins with the reserved prefix aws:.")
        }
    }

    private static func check(
        _ value: String,
        of key: String,
        isValid: Bool,
        _ grammar: String
    ) throws(ServiceError) {
        if isValid { return }
        let shown = value.count > 256 ? value.prefix(256) + "…" : value[...]
        throw ServiceError(
            .invalidArgument,
            "The value '\(shown)' of the tag \(key) is not valid: it is \(grammar)."
        )
    }

    private static func invalid(_ what: String, _ text: String, _ length: String) -> ServiceError {
        let shown = text.count > 256 ? text.prefix(256) + "…" : text[...]
        return ServiceError(
            .invalidArgument,
            """
            The tag \(what) '\(shown)' is not valid: it has \(length) characters, which are letters, digits, white \
            space and _.:/=+-@%.
            """
        )
    }

    private static func isAllowed(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "_", ".", ":", "/", "=", "+", "-", "@", "%", ",": return true
            default: break
            }
            if scalar.properties.isAlphabetic || scalar.properties.isWhitespace { return true }
            switch scalar.properties.generalCategory {
            case .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark: return true
            default: return false
            }
        }
    }
}

extension KinesisService {
    /// Sets tags and removes others, once they were found to be valid.
    func changeTags(
        of name: String,
        setting tags: [String: String] = [:],
        removing keys: [String] = []
    ) async throws(ServiceError) -> EmptyResponse {
        do throws(ServiceError) {
            try await store.changeTags(
                stream: name,
                setting: tags,
                removing: Set(keys),
                maximumCount: Limits.maximumTagCount
            )
        } catch {
            guard error.code == .limitExceeded else { throw streamError(error, name) }
            throw ServiceError(
                .invalidArgument,
                """
                Failed to add tags to stream \(name) under account \(account) because a given stream cannot have more \
                than \(Limits.maximumTagCount) tags associated with it.
                """,
                cause: error
            )
        }
        return EmptyResponse()
    }

    /// What an ARN or an ID names that has tags: a stream, a consumer or a queue.
    func taggedResource(_ arn: String?, _ id: String?) async throws(ServiceError) -> TaggedResource {
        if let arn, ConsumerARN(arn) != nil { return .consumer(try await consumer(arn: arn)) }
        if let arn, queues != nil, QueueARN(arn) != nil { return .queue(try await queue(arn)) }
        if let arn, StreamARN(arn) == nil { throw ServiceError(.resourceNotFound, "Resource \(arn) not found.") }
        return .stream(try await stream(try await streamName(nil, arn, id)))
    }

    /// Sets tags and removes others, once they were found to be valid.
    func changeTags(
        of resource: TaggedResource,
        setting tags: [String: String] = [:],
        removing keys: [String] = []
    ) async throws(ServiceError) -> EmptyResponse {
        switch resource {
        case .stream(let stream):
            return try await changeTags(of: stream.name, setting: tags, removing: keys)
        case .consumer(let found):
            do throws(ServiceError) {
                try await store.changeTags(
                    consumer: found.consumer,
                    stream: found.stream,
                    setting: tags,
                    removing: Set(keys),
                    maximumCount: Limits.maximumTagCount
                )
            } catch {
                switch error.code {
                case .limitExceeded: throw tooManyTags(consumer: found.consumer.name, cause: error)
                case .resourceNotFound: throw consumerNotFound(found.consumer.name, cause: error)
                default: throw error
                }
            }
            return EmptyResponse()
        case .queue(let queue):
            do throws(ServiceError) {
                try await queueStore().changeTags(
                    queue: queue.resourceID,
                    setting: tags,
                    removing: Set(keys),
                    maximumCount: Limits.maximumTagCount
                )
            } catch {
                throw error.code == .limitExceeded ? tooManyTags(queue: queue.name, cause: error) : error
            }
            return EmptyResponse()
        }
    }

    /// What is said when a consumer would get too many tags.
    func tooManyTags(consumer: String, cause: ServiceError? = nil) -> ServiceError {
        ServiceError(
            .invalidArgument,
            """
            Failed to add tags to consumer \(consumer) under account \(account) because a given consumer cannot have \
            more than \(Limits.maximumTagCount) tags associated with it.
            """,
            cause: cause
        )
    }
}

/// What the actions that take the ARN of any resource read or change the tags of.
enum TaggedResource {
    case stream(StreamDescription)
    case consumer(StreamConsumer)
    case queue(QueueDescription)

    /// The tags that clients set, by ascending key.
    var tags: [Tag] {
        switch self {
        case .stream(let stream): StreamTags.sorted(stream.tags)
        case .consumer(let found): StreamTags.sorted(found.consumer.tags)
        case .queue(let queue): StreamTags.sorted(queue.tags)
        }
    }
}

extension Validator {
    /// Checks the tags of a call that sets some.
    mutating func tags(_ tags: [String: String]?) {
        require("tags", tags != nil)
        count("tags", tags?.count, 1...Limits.maximumTagsPerCall)
    }

    /// Checks the keys of a call that removes tags.
    mutating func tagKeys(_ keys: [String]?) {
        require("tagKeys", keys != nil)
        count("tagKeys", keys?.count, 1...Limits.maximumTagKeysPerCall)
    }

    /// Checks the members that name what has tags or a policy.
    mutating func resource(_ arn: String?, _ id: String?) {
        require("resourceARN", arn != nil || id != nil)
        text("resourceARN", arn, pattern: .resourceARN, length: 1...Limits.maximumStreamARNLength)
        streamID(id)
    }
}
