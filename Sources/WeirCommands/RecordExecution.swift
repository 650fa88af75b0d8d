import NIOCore
import WeirConsumer
import WeirProcess

/// Executes a shell command for one record.
struct RecordExecution {
    /// The exit status by which a command refuses a record for good (EX_DATAERR of sysexits.h).
    static let refusalStatus: Int32 = 65

    let command: String
    /// The stream, by the name or ARN under which it is read.
    let streamName: String
    let record: ConsumerRecord

    /// Returns when the command has ended with status 0. Throws ``RecordRejection`` when it refused the record.
    func run() async throws {
        let termination = try await ChildProcess.run(
            "/bin/sh",
            arguments: ["-c", command],
            environment: [
                "WEIR_STREAM_NAME": streamName,
                "WEIR_SHARD_ID": record.shardID, "WEIR_SEQUENCE_NUMBER": record.sequenceNumber,
                "WEIR_SUB_SEQUENCE_NUMBER": "\(record.subSequenceNumber)", "WEIR_PARTITION_KEY": record.partitionKey,
            ],
            input: record.data,
            output: .lines { line in _ = try? Console.standard.print(line) }
        )
        switch termination {
        case .exited(0): return
        case .exited(Self.refusalStatus): throw RecordRejection("the command refused it (exit status 65)")
        default: throw CommandFailure("the command ended with \(termination)")
        }
    }
}
