import WeirModel
import WeirRuntime

/// One of the streams that an application of several streams reads.
public struct ConsumedStream: Hashable, Sendable {
    /// The stream's name; or its ARN, which may be of another account. All streams are in the region of the worker's client.
    public var name: String
    /// Where shards of this stream begin that the application has not read before. Nil: as the configuration says.
    public var initialPosition: InitialPosition?
    /// How records of this stream are got from the service. Nil: as the configuration says.
    public var retrieval: Retrieval?
    /// The number that stands in lease keys for the time at which the stream was made: 1 or more. Nil: that time, in seconds
    /// since 1970. Only where workers of the KCL share the table and their tracker gives another number.
    public var creationEpoch: Int64?

    /// A stream by its name or ARN, with the settings of the configuration unless told.
    public init(
        _ name: String,
        initialPosition: InitialPosition? = nil,
        retrieval: Retrieval? = nil,
        creationEpoch: Int64? = nil
    ) {
        self.name = name
        self.initialPosition = initialPosition
        self.retrieval = retrieval
        self.creationEpoch = creationEpoch
    }

    /// What is wrong with its settings; nil: nothing.
    var problem: String? {
        if name.isEmpty { return "a stream's name must not be empty" }
        if let creationEpoch, creationEpoch < 1 {
            return "creationEpoch of \(name) must be at least 1: \(creationEpoch)"
        }
        guard case .fanOut(let consumer?) = retrieval else { return nil }
        return (1...Limits.maximumConsumerNameLength).contains(consumer.utf8.count)
            ? nil : "the fan-out consumer of \(name) must have 1 to \(Limits.maximumConsumerNameLength) characters"
    }
}

extension ConsumedStream: ExpressibleByStringLiteral {
    public init(stringLiteral name: String) { self.init(name) }
}

/// The streams that an application reads, which may change while its workers run.
///
/// A stream that is added is read within seconds. One that is left out is read no more: its handlers finish what is at hand,
/// checkpoint, and the leases are given up. What becomes of them then, ``FormerStreamPolicy`` says. All workers of an
/// application should be told the same; while they are not, each reads those that it is told of.
public struct ConsumedStreams: Sendable {
    /// What is heard of the streams.
    enum News: Sendable {
        /// These are to be read, and no others.
        case streams([ConsumedStream])
        /// It could not be found out. Those that were told last are read on.
        case failed(any Error)
    }

    /// The streams, where they never change.
    let fixed: [ConsumedStream]?
    /// Tells the streams, now and whenever they change, until its task is cancelled or they change no more.
    let follow: @Sendable (any TimeSource, _ tell: @escaping @Sendable (News) -> Void) async -> Void

    /// These streams, always.
    public static func fixed(_ streams: [ConsumedStream]) -> ConsumedStreams {
        ConsumedStreams(fixed: streams) { _, tell in tell(.streams(streams)) }
    }

    /// The streams that a sequence gives, each time all of them, in place of those before. When it ends, or throws, the last
    /// ones are read on. One worker follows a sequence.
    public static func updates<Sets: AsyncSequence & Sendable>(_ sets: Sets) -> ConsumedStreams
    where Sets.Element == [ConsumedStream] {
        ConsumedStreams(fixed: nil) { _, tell in
            do {
                for try await streams in sets { tell(.streams(streams)) }
            } catch {
                tell(.failed(error))
            }
        }
    }

    /// The streams that a closure gives, which is called now and again and again, with a pause of so long in between. When it
    /// throws, those before are read on.
    public static func polled(
        every pause: Duration = .seconds(10),
        _ streams: @escaping @Sendable () async throws -> [ConsumedStream]
    ) -> ConsumedStreams {
        ConsumedStreams(fixed: nil) { time, tell in
            repeat {
                do {
                    tell(.streams(try await streams()))
                } catch {
                    tell(.failed(error))
                }
            } while (try? await time.sleep(for: pause)) != nil
        }
    }
}

extension ConsumedStreams: ExpressibleByArrayLiteral {
    public init(arrayLiteral streams: ConsumedStream...) { self = .fixed(streams) }
}

/// What becomes of the leases of streams that an application of several streams does not read any more, or that were deleted
/// and made again.
public enum FormerStreamPolicy: Hashable, Sendable {
    /// They are deleted when no worker has held or changed them for so long, as far as a running worker has seen. A stream that is
    /// added again before that is read on from its checkpoints; after that it begins anew.
    case deleteLeases(after: Duration)
    /// They are kept, and with them how far the streams were read.
    case keepLeases
}
