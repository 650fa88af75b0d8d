import Logging
import NIOCore
import WeirModel
import WeirTables
import WeirWire

/// Calls of the table service over a store of one item: the expressions of DynamoDB, its older conditions, and all checks.
///
/// The first byte of the input tells the action, the rest is the body.
public enum TableTarget: FuzzTarget {
    public static let name = "Tables"

    private static let actions = RequestTarget.actions.filter { $0.service == .dynamoDB }.map { $0.name }

    public static func check(_ input: ByteBuffer) throws(FuzzFinding) {
        var body = input
        guard let choice = body.readInteger(as: UInt8.self) else { return }
        let call = ActionCall(actions[Int(choice) % actions.count], body: CallBody(body), format: .json)
        let outcome = InlineExecutor.run { () -> Result<ActionReply, ServiceError> in
            let service = TableService(
                store: OneTable(),
                logger: Logger(label: "fuzzing") { _ in SwiftLogNoOpLogHandler() }
            )
            do throws(ServiceError) { return .success(try await service.perform(call)) } catch {
                return .failure(error)
            }
        }
        switch outcome {
        case nil: throw FuzzFinding("\(call.action) waits for something that is not the store")
        case .success(let reply)?:
            guard let message = reply.message else { throw FuzzFinding("\(call.action) answers with a stream") }
            if message.readableBytes > 0, (try? WireValue(json: message)) == nil {
                throw FuzzFinding("\(call.action) answers with \(String(buffer: message)), which is not JSON")
            }
        case .failure(let error)?:
            try require(error.httpStatus < 500, "\(call.action) fails by its own fault: \(error)")
            var text = ByteBuffer()
            ErrorBody.write(error, service: .dynamoDB, to: &text, format: .json)
            try require((try? WireValue(json: text)) != nil, "an error is not JSON: \(String(buffer: text))")
        }
    }
}
