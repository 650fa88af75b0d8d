import Logging
import Synchronization
import WeirClient
import WeirLeases
import WeirModel
import WeirRuntime
import WeirWire

// How the shards of streams are compared with the leases.
extension StreamFollower {
    /// Asks a stream for its shards, and leaves them to the next reading of the table.
    func list(_ stream: ConsumedStream) async {
        do throws(ServiceError) {
            let comparison: Comparison
            if let only = onlyStream {
                comparison = Comparison(stream: only, listing: try await only.synchronizer.list())
            } else {
                comparison = try await identified(stream)
            }
            environment.logger.trace("Listed shards", metadata: ["stream.name": .string(stream.name)])
            let now = now
            state.withLock { state in
                if state.comparisons.isEmpty { state.waitingSince = now }
                state.comparisons.append(comparison)
                state.schedule.listed(stream.name)
            }
            scheduleAlarm.ring()
            tableAlarm.ring()
        } catch {
            failed(stream.name, error)
        }
    }

    /// Finds out which stream has a name, and lists its shards.
    private func identified(_ stream: ConsumedStream) async throws(ServiceError) -> Comparison {
        let summary = try await environment.kinesis.describeStreamSummary(stream.name)
        guard let arn = StreamARN(summary.streamARN) else {
            throw ServiceError(.malformedResponse, "DescribeStreamSummary named no stream: \(summary.streamARN)")
        }
        guard summary.streamStatus != StreamStatus.deleting.rawValue else {
            throw ServiceError(.resourceNotFound, "The stream \(stream.name) is being deleted.")
        }
        let creation = summary.streamCreationTimestamp
        let identity = StreamIdentity(
            accountID: arn.account,
            streamName: arn.name,
            creationEpoch: stream.creationEpoch ?? creation.millisecondsSinceEpoch / 1000
        )
        let known = state.withLock { $0.known[identity] }
        let isSame = known?.stream == stream && known?.synchronizer.madeAt == creation
        let read =
            (isSame ? known : nil)
            ?? environment.reading(stream, identity, madeAt: creation) { [weak self] in self?.want(stream.name) }
        return Comparison(stream: read, listing: try await read.synchronizer.list(madeAt: creation))
    }

    // MARK: The table

    /// Reads the table whenever something waits for it.
    func readTable() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let (comparisons, waitUntil) = takeComparisons()
                if let waitUntil {
                    await tableAlarm.wait(until: waitUntil)
                    continue
                }
                let readAt = now
                do throws(ServiceError) {
                    let leases = try await environment.leaseStore.scan()
                    state.withLock { $0.lastReadingAt = readAt }
                    tellForeign(leases)
                    let byName = Dictionary(grouping: leases) { $0.stream?.streamName ?? "" }
                    for comparison in comparisons {
                        let own = byName[comparison.stream.identity?.streamName ?? ""] ?? []
                        group.addTask { await self.bringInLine(comparison, own) }
                    }
                    if environment.configuration.streams != nil {
                        group.addTask { await self.deleteFormer(among: leases) }
                    }
                } catch {
                    for comparison in comparisons { failed(comparison.stream.stream.name, error, isTables: true) }
                }
            }
        }
    }

    /// What the table is to be read for now, or else until when to wait.
    private func takeComparisons() -> (comparisons: [Comparison], waitUntil: UInt64?) {
        let now = now
        return state.withLock { state in
            guard !state.comparisons.isEmpty || state.isReadingWanted else { return ([], .max) }
            if !state.comparisons.isEmpty, state.schedule.isListing(at: now) {
                // Others come soon. Who has read nothing of a stream yet does not wait for long.
                let isNew = state.comparisons.contains { comparison in
                    comparison.stream.identity.map { state.known[$0] == nil } ?? false
                }
                let until = state.waitingSince + (isNew ? Self.shortWait : Self.longWait)
                if now < until { return ([], until) }
            }
            defer { (state.comparisons, state.isReadingWanted) = ([], false) }
            return (state.comparisons, nil)
        }
    }

    private static let shortWait: UInt64 = 100_000_000
    private static let longWait: UInt64 = 2_000_000_000

    private func bringInLine(_ comparison: Comparison, _ leases: [Lease]) async {
        let stream = comparison.stream
        let name = stream.stream.name
        do throws(ServiceError) {
            guard try adopt(stream) else { return }
            guard let changes = try await stream.synchronizer.bringInLine(comparison.listing, leases) else {
                return ended(name, .failed(pause: 0))
            }
            if !changes.deleted.isEmpty { send(.deleted(changes.deleted)) }
            send(.created(changes.created))
            ended(name, changes.created.isEmpty && changes.deleted.isEmpty ? .unchanged : .changed)
        } catch {
            failed(name, error)
        }
    }

    /// Takes note of the stream that has a name now. False when the name is not to be read any more.
    private func adopt(_ stream: ReadStream) throws(ServiceError) -> Bool {
        guard let identity = stream.identity else { return true }
        let name = stream.stream.name
        let (isRead, isNew, twin) = state.withLock { state -> (Bool, Bool, String?) in
            guard state.schedule.stream(name) != nil else { return (false, false, nil) }
            if let twin = state.identities.first(where: { $0.value == identity && $0.key != name }) {
                return (true, false, twin.key)
            }
            let isNew = state.identities[name] != identity
            state.identities[name] = identity
            state.known[identity] = stream
            return (true, isNew, nil)
        }
        if let twin {
            throw ServiceError(.configuration, "\(name) is the stream that is read as \(twin) already")
        }
        if isNew {
            sendScope()
            stream.environment.logger.notice("A stream is read", metadata: ["stream.id": .string("\(identity)")])
            environment.onEvent(.streamAdded(stream: name))
        }
        return isRead
    }

    // MARK: Ends

    private func ended(_ name: String, _ outcome: StreamScheduleStateMachine.Outcome) {
        let now = now
        state.withLock { state in
            state.schedule.ended(name, outcome, at: now)
            if outcome == .changed || outcome == .unchanged { state.toldErrors[name] = nil }
        }
        scheduleAlarm.ring()
        // Others may have waited for this one.
        tableAlarm.ring()
    }

    /// - Parameter isTables: whether it was the lease table that failed, and not the stream.
    private func failed(_ name: String, _ error: ServiceError, isTables: Bool = false) {
        guard !Task.isCancelled else { return }
        // What is not there may be made at any time. What is not allowed or configured wrongly takes longer to be put right.
        let isPassing = error.isRetryable || error.code == .resourceNotFound || error.code == .resourceInUse
        let (isNews, failures) = state.withLock { state -> (Bool, Int) in
            guard state.schedule.stream(name) != nil else { return (false, 0) }
            let isNews = state.toldErrors.updateValue(error.code, forKey: name) != error.code
            return (isNews, state.schedule.failureCount(of: name) + 1)
        }
        guard failures > 0 else { return }
        let pause = isPassing ? UInt64(nanosecondsOf: Backoff.pause(failures: failures, environment.random)) : .max
        ended(name, .failed(pause: pause))
        let metadata: Logger.Metadata = ["stream.name": .string(name), "error.message": .string("\(error)")]
        environment.logger.log(
            level: isNews || failures.isMultiple(of: 20) ? .warning : .debug,
            "Could not compare shards and leases",
            metadata: metadata
        )
        guard isNews, !isTables, onlyStream == nil else { return }
        environment.onEvent(.streamUnavailable(stream: name, error: "\(error)"))
    }

    private func tellForeign(_ leases: [Lease]) {
        let scope = environment.leaseStore.scope
        guard leases.contains(where: { scope.isForeign($0) }) else { return }
        let isTold = state.withLock { state in
            defer { state.isForeignLeaseTold = true }
            return state.isForeignLeaseTold
        }
        guard !isTold else { return }
        do throws(ServiceError) {
            try scope.check(leases, table: environment.leaseStore.table.name)
        } catch {
            environment.logger.error("\(error.message): such leases are left alone")
        }
    }

    // MARK: Former streams

    /// Deletes leases of streams that are not read any more, when their time has come; before that notes now and then how much
    /// of it has gone by.
    private func deleteFormer(among leases: [Lease]) async {
        let now = now
        let findings = state.withLock { state -> FormerLeases.Findings in
            guard state.isToldStreams else { return FormerLeases.Findings() }
            let read = Set(state.identities.values)
            // A stream that could not be asked yet may be any of its name.
            let unknown = state.schedule.names.filter { state.identities[$0] == nil }
            let names = Set(unknown.map { StreamARN($0)?.name ?? $0 })
            let former = leases.filter { lease in
                guard let stream = lease.stream else { return false }
                return !read.contains(stream) && !names.contains(stream.streamName)
            }
            return state.former.note(former, at: now)
        }
        let (due, times) = (findings.due, findings.times)
        guard !due.isEmpty || !times.isEmpty else { return }
        let store = environment.leaseStore
        do throws(ServiceError) {
            _ = try await sideBySide(leases.filter { times[$0.key] != nil }) { (lease) throws(ServiceError) in
                if let time = times[lease.key] { try await store.setFormerTime(time, of: lease) }
            }
            let deleted = try await sideBySide(due) { (lease) throws(ServiceError) in
                try await store.deleteFormer(lease) ? lease : nil
            }.compactMap { $0 }
            guard !deleted.isEmpty else { return }
            send(.deleted(deleted.map(\.key)))
            for (stream, leases) in Dictionary(grouping: deleted, by: { $0.stream?.description ?? "" }) {
                environment.logger.notice(
                    "Deleted the leases of a former stream",
                    metadata: ["stream.id": .string(stream), "leases.deleted": .stringConvertible(leases.count)]
                )
                environment.onEvent(.formerLeasesDeleted(stream: stream, count: leases.count))
            }
        } catch {
            environment.logger.warning(
                "Could not deal with the leases of former streams",
                metadata: ["error.message": .string("\(error)")]
            )
        }
    }
}
