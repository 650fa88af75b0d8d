import NIOCore
import WeirBytes
import WeirConsumer
import WeirLeases
import WeirProcess

/// Executes a shell command for one record.
struct RecordExecution {
    /// The exit status by which a command refuses a record for good (EX_DATAERR of sysexits.h).
    static let refusalStatus: Int32 = 65

    let command: String
    /// The variables that the command has beside those of this process.
    let variables: [String: String]
    let data: ByteBuffer

    /// - Parameters:
    ///   - streamName: The stream, by the name or ARN under which it is read.
    ///   - prepared: What a worker before has prepared and not committed.
    init(command: String, streamName: String, record: ConsumerRecord, prepared: PreparedCheckpoint? = nil) {
        self.command = command
        var variables = [
            "WEIR_STREAM_NAME": streamName,
            "WEIR_SHARD_ID": record.shardID, "WEIR_SEQUENCE_NUMBER": record.sequenceNumber,
            "WEIR_SUB_SEQUENCE_NUMBER": "\(record.subSequenceNumber)", "WEIR_PARTITION_KEY": record.partitionKey,
        ]
        let position = LeaseCheckpoint.sequenceNumber(
            record.sequenceNumber,
            subSequenceNumber: record.subSequenceNumber
        )
        if let prepared, prepared.checkpoint == position {
            variables["WEIR_PREPARED_STATE"] = Self.text(of: prepared.state ?? ByteBuffer())
        }
        self.variables = variables
        data = record.data
    }

    /// - Parameter queue: The queue, by the name or ARN under which it is read.
    init(command: String, queue: String, record: QueueRecordLine, data: ByteBuffer) {
        self.command = command
        variables = [
            "WEIR_QUEUE_NAME": queue, "WEIR_RECORD_ID": record.recordID,
            "WEIR_SUB_SEQUENCE_NUMBER": "\(record.subSequenceNumber ?? 0)",
            "WEIR_PARTITION_KEY": record.partitionKey ?? "", "WEIR_RECEIVE_COUNT": "\(record.receiveCount)",
        ]
        self.data = data
    }

    /// A state as the environment can hold it: in base64 when it is no text.
    static func text(of state: ByteBuffer) -> String {
        guard let text = String(validating: state.readableBytesView, as: UTF8.self), !text.utf8.contains(0) else {
            var encoded = ByteBuffer()
            encoded.writeBase64(state)
            return String(buffer: encoded)
        }
        return text
    }

    /// Returns when the command has ended with status 0. Throws ``RecordRejection`` when it refused the record.
    func run() async throws {
        let termination = try await ChildProcess.run(
            "/bin/sh",
            arguments: ["-c", command],
            environment: variables,
            input: data,
            output: .lines { line in _ = try? Console.standard.print(line) }
        )
        switch termination {
        case .exited(0): return
        case .exited(Self.refusalStatus): throw RecordRejection("the command refused it (exit status 65)")
        default: throw CommandFailure("the command ended with \(termination)")
        }
    }
}
