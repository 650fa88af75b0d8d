import NIOHTTP1
import Synchronization
import WeirModel
import WeirSigning

/// Finds out by how much the clock of this machine is wrong, from the times that a service writes into its answers.
package struct ClockSkewStateMachine: Sendable {
    /// What is to be added to the time of this machine.
    package private(set) var offset = Duration.zero
    /// Less than this is no skew: an answer may take as long, and signatures are good for five minutes.
    package static let tolerance = Duration.seconds(60)

    /// No correction yet.
    package init() {}

    /// An answer came. The service wrote it, by this machine's clock, between `sent` and `received`, milliseconds since
    /// 1970; by its own at `date`, whose second had begun.
    package mutating func answered(date: Timestamp, sent: Int64, received: Int64) {
        let earliest = Duration.milliseconds(date.millisecondsSinceEpoch - max(sent, received))
        let latest = Duration.milliseconds(date.millisecondsSinceEpoch + 1000 - min(sent, received))
        guard offset < earliest - Self.tolerance || offset > latest + Self.tolerance else { return }
        offset = (earliest + latest) / 2
    }
}

/// The shell of the machine, for the calls of one client.
final class ClockSkew: Sendable {
    private let machine = Mutex(ClockSkewStateMachine())

    /// What is to be added to the time of this machine.
    var offset: Duration { machine.withLock(\.offset) }

    /// Whether what was added to a time was wrong, as is known now.
    func hasMoved(from offset: Duration) -> Bool {
        let now = self.offset
        return now - offset > ClockSkewStateMachine.tolerance || offset - now > ClockSkewStateMachine.tolerance
    }

    /// An answer came; times in milliseconds since 1970 by this machine's clock.
    func answered(_ headers: HTTPHeaders, sent: Int64, received: Int64) {
        guard let date = headers.first(name: "date").flatMap({ Timestamp(httpDate: $0) }) else { return }
        machine.withLock { $0.answered(date: date, sent: sent, received: received) }
    }
}

extension SigningTime {
    /// The time of this machine, in milliseconds since 1970, with a correction.
    static func now(_ wallMilliseconds: Int64, _ offset: Duration) -> SigningTime {
        SigningTime(millisecondsSinceEpoch: wallMilliseconds + offset.components.seconds * 1000)
    }
}
