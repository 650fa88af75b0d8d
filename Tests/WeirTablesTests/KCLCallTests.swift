import NIOCore
import Testing
import WeirModel
import WeirWire

@testable import WeirTables

/// The Kinesis Client Library's own calls, one after the other, get the answers that it relies on.
@Suite struct KCLCallTests {
    @Test(arguments: [KCL2Calls.all, KCL3Calls.all])
    func everyCallIsAnswered(calls: [KCLCall]) async throws {
        try await withTables { test in
            for call in calls {
                let expected = try WireValue(json: ByteBuffer(string: call.answer))
                let answer: WireValue
                if let code = call.error {
                    let error = await test.refusal(call.action, call.request)
                    #expect(error?.code.rawValue == code, "\(call.action) \(call.request)")
                    var body = ByteBuffer()
                    ErrorBody.write(
                        error ?? ServiceError(.internalFailure, ""),
                        service: .dynamoDB,
                        to: &body,
                        format: .json
                    )
                    answer = try WireValue(json: body)
                    // What is not asked for is not told.
                    if case .map(let members) = expected, members["Item"] == nil, case .map(let map) = answer {
                        #expect(map["Item"] == nil)
                    }
                } else {
                    let text = try await test.answer(call.action, call.request)
                    answer = text.isEmpty ? .map([:]) : try WireValue(json: ByteBuffer(string: text))
                }
                #expect(answer.has(expected), "\(call.action) \(call.request)\n\(answer)")
            }
        }
    }
}

extension WireValue {
    /// Whether the value is as the other, but for members of maps that the other does not have.
    func has(_ other: WireValue) -> Bool {
        switch (self, other) {
        case (.map(let map), .map(let others)):
            others.members.allSatisfy { member in map[member.name]?.has(member.value) ?? false }
        case (.array(let elements), .array(let others)):
            elements.count == others.count && zip(elements, others).allSatisfy { $0.has($1) }
        default: self == other
        }
    }
}
