import NIOCore
import Synchronization
import Testing
import WeirModel
import WeirWire

@testable import WeirClient

/// Answers each call with the next of some bodies, and keeps what was asked.
final class RecordedKinesis: KinesisCalling {
    private let answers: Mutex<[String]>
    private let recorded = Mutex<[String]>([])

    init(_ answers: [String]) {
        self.answers = Mutex(answers)
    }

    /// `Action {request}` of each call.
    var calls: [String] { recorded.withLock { $0 } }

    func call<A: KinesisAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response {
        var body = ByteBuffer()
        request.write(to: &body, format: .json)
        recorded.withLock { $0.append("\(A.name) \(String(buffer: body))") }
        let answer = answers.withLock { $0.isEmpty ? "" : $0.removeFirst() }
        return try A.Response(wire: ByteBuffer(string: answer), format: .json)
    }
}

/// A call through a method, what it must send, and what it is answered.
struct ActionCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var answers: [String]
    var calls: [String]
    var perform: @Sendable (RecordedKinesis) async throws -> String
    var result: String

    init(
        _ name: String,
        answers: [String] = [""],
        calls: [String],
        result: String = "",
        perform: @escaping @Sendable (RecordedKinesis) async throws -> String
    ) {
        testDescription = name
        self.answers = answers
        self.calls = calls
        self.result = result
        self.perform = perform
    }
}
