import Logging
import Synchronization
import WeirClient
import WeirLeases
import WeirModel
import WeirRuntime
import WeirWire

/// Keeps the leases in line with the shards of all streams that a worker reads, and the worker's machine with what streams
/// those are.
///
/// Shards of several streams are listed side by side. Each list that comes waits a little for others; then the lease table is
/// read once for all of them. So neither do many streams read the table often, nor does one that is slow, or not there, hold
/// up the others.
final class StreamFollower: Sendable {
    /// What one stream told of its shards.
    struct Comparison: Sendable {
        var stream: ReadStream
        var listing: ShardSynchronizer.Listing
    }

    struct State {
        var schedule: StreamScheduleStateMachine
        var former: FormerLeases
        /// The streams that can be read now, by the names under which they are configured.
        var identities: [String: StreamIdentity] = [:]
        /// What these are read with.
        var known: [StreamIdentity: ReadStream] = [:]
        /// What waits for the next reading of the table, and since when.
        var comparisons: [Comparison] = []
        var waitingSince: UInt64 = 0
        /// Whether the table is to be read, whatever waits.
        var isReadingWanted = false
        var lastReadingAt: UInt64?
        /// Whether it was ever told which streams are to be read.
        var isToldStreams = false
        /// The last error of each stream that was told.
        var toldErrors: [String: ServiceError.Code] = [:]
        var isForeignLeaseTold = false
    }

    let environment: WorkerEnvironment
    let state: Mutex<State>
    /// Rung when a stream may be due.
    let scheduleAlarm: Alarm
    /// Rung when the table is to be read.
    let tableAlarm: Alarm
    let send: @Sendable (LeaseStateMachine.Event) -> Void
    private let only: Mutex<ReadStream?>

    init(environment: WorkerEnvironment, send: @escaping @Sendable (LeaseStateMachine.Event) -> Void) {
        self.environment = environment
        self.send = send
        scheduleAlarm = Alarm(time: environment.time)
        tableAlarm = Alarm(time: environment.time)
        let configuration = environment.configuration
        state = Mutex(
            State(
                schedule: StreamScheduleStateMachine(interval: configuration.shardSyncInterval),
                former: FormerLeases(configuration.formerStreams)
            )
        )
        only = Mutex(nil)
        guard configuration.streams == nil else { return }
        let name = configuration.streamName
        let stream = environment.reading(ConsumedStream(name), nil) { [weak self] in self?.want(name) }
        only.withLock { $0 = stream }
    }

    var now: UInt64 { environment.time.monotonicNanoseconds }
    private var logger: Logger { environment.logger }
    private var interval: UInt64 { UInt64(nanosecondsOf: environment.configuration.shardSyncInterval) }

    /// The stream of an application of one.
    var onlyStream: ReadStream? { only.withLock { $0 } }

    /// The stream whose shard a lease is of; nil when it is not read any more.
    func stream(of lease: Lease) -> ReadStream? {
        guard let identity = lease.stream else { return onlyStream }
        return state.withLock { $0.known[identity] }
    }

    /// The shards of a stream are to be compared with its leases soon.
    func want(_ name: String) {
        let now = now
        state.withLock { $0.schedule.want(name, at: now) }
        scheduleAlarm.ring()
    }

    // MARK: While the worker runs

    /// Returns when its task is cancelled.
    func run() async {
        if let stream = onlyStream?.stream { begin(with: stream) }
        await withDiscardingTaskGroup { group in
            if let streams = environment.configuration.streams {
                group.addTask { await self.follow(streams) }
            }
            group.addTask { await self.readTable() }
            group.addTask { await self.readTableRegularly() }
            while !Task.isCancelled {
                let now = now
                for stream in state.withLock({ $0.schedule.begin(at: now) }) {
                    group.addTask { await self.list(stream) }
                }
                await scheduleAlarm.wait(until: state.withLock(\.schedule.nextDeadline))
            }
        }
    }

    /// The only stream was compared already, when the worker began.
    private func begin(with stream: ConsumedStream) {
        let now = now
        state.withLock { state in
            state.schedule.set([stream], at: now)
            _ = state.schedule.begin(at: now)
            state.schedule.ended(stream.name, .changed, at: now)
        }
    }

    private func follow(_ streams: ConsumedStreams) async {
        await streams.follow(environment.time) { news in
            switch news {
            case .streams(let streams): self.read(streams)
            case .failed(let error):
                guard !Task.isCancelled else { return }
                self.logger.warning(
                    "Could not find out which streams to read: those before are read on",
                    metadata: ["error.message": .string("\(error)")]
                )
            }
        }
    }

    /// These streams are to be read from now on.
    private func read(_ streams: [ConsumedStream]) {
        var sound: [ConsumedStream] = []
        for stream in streams where !sound.contains(where: { $0.name == stream.name }) {
            if let problem = stream.problem {
                logger.error(
                    "A stream cannot be read as it is configured",
                    metadata: ["problem.text": .string(problem)]
                )
            } else {
                sound.append(stream)
            }
        }
        let (now, told) = (now, sound)
        let left = state.withLock { state -> [String] in
            state.isToldStreams = true
            state.schedule.set(told, at: now)
            let left = state.identities.keys.filter { state.schedule.stream($0) == nil }
            for name in left { state.identities[name] = nil }
            for name in state.toldErrors.keys where state.schedule.stream(name) == nil { state.toldErrors[name] = nil }
            return left
        }
        if !left.isEmpty { sendScope() }
        for name in left.sorted() {
            logger.notice("A stream is not read any more", metadata: ["stream.name": .string(name)])
            environment.onEvent(.streamRemoved(stream: name))
        }
        scheduleAlarm.ring()
    }

    /// Tells the machine which streams are read.
    func sendScope() {
        state.withLock { state in
            let read = Set(state.identities.values)
            state.known = state.known.filter { read.contains($0.key) }
            // In one piece: of two changes the later one is told last.
            send(.scope(.streams(read)))
        }
    }

    /// Reads the table now and then, however rarely streams do: former streams leave leases in it.
    private func readTableRegularly() async {
        while (try? await environment.time.sleep(for: environment.configuration.shardSyncInterval)) != nil {
            await environment.leaseStore.lookForKCL3()
            guard environment.configuration.streams != nil else { continue }
            let due = now - min(now, interval / 4 * 3)
            state.withLock { state in
                state.isReadingWanted = state.lastReadingAt.map { $0 <= due } ?? true
            }
            tableAlarm.ring()
        }
    }
}
