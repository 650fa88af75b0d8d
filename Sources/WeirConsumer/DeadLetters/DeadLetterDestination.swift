import WeirClient
import WeirModel
import WeirRuntime
import WeirWire

/// Takes the records that handlers could not process.
public protocol DeadLetterDestination: Sendable {
    /// Takes a dead letter, and returns when it is safe: after that the worker's checkpoint passes the record. When it
    /// throws, the worker waits and calls it again.
    func put(_ letter: DeadLetter) async throws
}

/// Gives dead letters to a closure.
public struct DeadLetterClosure: DeadLetterDestination {
    private let take: @Sendable (DeadLetter) async throws -> Void

    /// A destination that calls the closure for each letter.
    public init(_ take: @escaping @Sendable (DeadLetter) async throws -> Void) { self.take = take }

    public func put(_ letter: DeadLetter) async throws { try await take(letter) }
}

/// Puts dead letters to a stream, under the partition key of their record. The stream is created, with one shard, when
/// the first letter finds none.
public struct DeadLetterStream: DeadLetterDestination {
    /// The stream's name.
    public let name: String
    let kinesis: any KinesisCalling
    let time: any TimeSource

    /// A dead letter stream by name.
    public init(name: String, kinesis: any KinesisCalling, time: any TimeSource = SystemTime()) {
        self.name = name
        self.kinesis = kinesis
        self.time = time
    }

    /// The name of an application's dead letter stream unless configured: `<application>-dead-letters`.
    public static func defaultName(applicationName: String) -> String { "\(applicationName)-dead-letters" }

    public func put(_ letter: DeadLetter) async throws {
        for part in letter.parts where try await !hasTaken(part) {
            try await create()
            guard try await hasTaken(part) else {
                throw ServiceError(.resourceNotFound, "The dead letter stream \(name) was deleted while it was used")
            }
        }
    }

    /// Puts a part. False when the stream does not exist.
    private func hasTaken(_ letter: DeadLetter) async throws(ServiceError) -> Bool {
        let request = PutRecord.Request(streamName: name, data: letter.encoded, partitionKey: letter.partitionKey)
        do throws(ServiceError) {
            _ = try await kinesis.call(PutRecord.self, request)
            return true
        } catch  where error.code == .resourceNotFound {
            return false
        }
    }

    private func create() async throws {
        try await requestStream()
        while try await isBeingCreated() { try await time.sleep(for: .milliseconds(100)) }
    }

    private func requestStream() async throws(ServiceError) {
        do throws(ServiceError) {
            _ = try await kinesis.call(CreateStream.self, CreateStream.Request(streamName: name, shardCount: 1))
        } catch  where error.code == .resourceInUse {
            // Another worker was first.
        }
    }

    private func isBeingCreated() async throws(ServiceError) -> Bool {
        let request = DescribeStreamSummary.Request(streamName: name)
        let answer = try await kinesis.call(DescribeStreamSummary.self, request)
        return answer.streamDescriptionSummary.streamStatus == StreamStatus.creating.rawValue
    }
}
