import WeirModel
import WeirWire

/// Builds the requests to one lease table as the KCL 2.x writes them: with the conditions of `Expected` and the changes of
/// `AttributeUpdates`. Where Weir asks for more than the KCL, it is said.
public struct LeaseTable: Hashable, Sendable {
    /// The table's name.
    public let name: String
    /// How it is made.
    public let options: LeaseTableOptions

    /// A lease table by name.
    public init(name: String, options: LeaseTableOptions = LeaseTableOptions()) {
        self.name = name
        self.options = options
    }

    /// Makes the table.
    public var create: CreateTable.Request {
        var request = CreateTable.Request(
            tableName: name,
            attributeDefinitions: [AttributeDefinition(attributeName: Lease.Attribute.key, attributeType: "S")],
            keySchema: [KeySchemaElement(attributeName: Lease.Attribute.key, keyType: "HASH")]
        )
        options.apply(to: &request)
        return request
    }

    /// Asks for the table's state.
    public var describe: DescribeTable.Request { DescribeTable.Request(tableName: name) }

    /// Reads leases, after the key where the answer before ended. Consistently: a scan that showed a child's lease but not
    /// yet its parent's would let the child begin too early.
    public func scan(after key: Item? = nil) -> Scan.Request {
        Scan.Request(tableName: name, exclusiveStartKey: key, consistentRead: true)
    }

    /// Reads one lease as it is now.
    public func get(_ key: String) -> GetItem.Request {
        GetItem.Request(tableName: name, key: Self.key(key), consistentRead: true)
    }

    /// Puts a new lease; refused when there is one.
    public func create(_ lease: Lease) -> PutItem.Request {
        PutItem.Request(
            tableName: name,
            item: lease.item,
            expected: [Lease.Attribute.key: ExpectedAttribute(exists: false)]
        )
    }

    /// Deletes a lease.
    public func delete(_ key: String) -> DeleteItem.Request {
        DeleteItem.Request(tableName: name, key: Self.key(key))
    }

    /// Deletes a lease that nobody needs; refused when its checkpoint has moved, or it was made again.
    public func deleteUseless(_ lease: Lease) -> DeleteItem.Request {
        var request = delete(lease.key)
        request.expected = [
            Lease.Attribute.checkpoint: ExpectedAttribute(value: .string(lease.checkpoint.text)),
            Lease.Attribute.subSequenceNumber: ExpectedAttribute(
                value: .number(String(lease.checkpoint.subSequenceNumber))
            ),
        ]
        return request
    }

    /// Deletes a lease of a stream that was made at another time than the one of today; refused when it is not.
    public func deleteStale(_ lease: Lease) -> DeleteItem.Request {
        var request = delete(lease.key)
        request.expected = [
            Lease.Attribute.streamCreation: ExpectedAttribute(
                value: .number(String(lease.streamCreation?.millisecondsSinceEpoch ?? 0))
            )
        ]
        return request
    }

    /// Deletes a lease of a stream that is not read any more; refused when a worker has held it since it was like this.
    public func deleteFormer(_ lease: Lease) -> DeleteItem.Request {
        var request = delete(lease.key)
        request.expected = [
            Lease.Attribute.counter: ExpectedAttribute(value: .number(String(lease.counter))),
            Lease.Attribute.owner: .value(lease.owner),
        ]
        return request
    }

    /// Notes for how long a lease of a stream that is not read any more has not changed; refused when it has, or when another
    /// worker has noted that. Leaves the counter alone.
    public func setFormerTime(_ time: FormerTime, of lease: Lease) -> UpdateItem.Request {
        update(
            lease.key,
            expected: [
                Lease.Attribute.counter: ExpectedAttribute(value: .number(String(lease.counter))),
                Lease.Attribute.owner: .value(lease.owner),
                Lease.Attribute.formerTime: .value(lease.formerTime?.description),
            ],
            updates: [Lease.Attribute.formerTime: .put(.string(time.description))]
        )
    }

    /// Notes the shards that go on where a shard ended. Refused when there is no such lease; leaves the counter alone.
    public func setChildren(_ children: Set<String>, of key: String) -> UpdateItem.Request {
        update(
            key,
            expected: [Lease.Attribute.key: ExpectedAttribute(value: .string(key), exists: true)],
            updates: [Lease.Attribute.childShardIDs: .put(AttributeValue(texts: children))]
        )
    }

    /// Fixes the time that a lease's checkpoint LATEST or AT_TIMESTAMP stands for. Refused when it is fixed already or
    /// there is no such lease; leaves the counter alone.
    public func setInitialTimestamp(_ timestamp: Timestamp, of key: String) -> UpdateItem.Request {
        update(
            key,
            expected: [
                Lease.Attribute.key: ExpectedAttribute(value: .string(key), exists: true),
                Lease.Attribute.initialTimestamp: ExpectedAttribute(exists: false),
            ],
            updates: [Lease.Attribute.initialTimestamp: .put(.number(String(timestamp.millisecondsSinceEpoch)))]
        )
    }

    /// The request of a worker's write.
    public func request(_ write: LeaseWrite) -> UpdateItem.Request {
        let lease = write.lease
        switch write.change {
        case .renew:
            return counted(lease, load(write))
        case .take(let worker), .transfer(let worker):
            return counted(lease, ownership(of: lease, by: worker))
        case .checkpoint:
            return counted(lease, progress(write.result).merging(load(write)) { $1 })
        case .prepare(let pending):
            return counted(lease, preparation(pending).merging(load(write)) { $1 })
        case .release:
            var updates: [String: AttributeUpdate] = [
                Lease.Attribute.owner: .delete, Lease.Attribute.weirOwner: .delete,
                Lease.Attribute.handOffTo: .delete,
            ]
            updates[Lease.Attribute.counter] = .put(.number(String(lease.counter + 1)))
            return update(lease.key, expected: [Lease.Attribute.owner: .value(lease.owner)], updates: updates)
        case .requestHandOff(let worker):
            return update(
                lease.key,
                expected: [
                    Lease.Attribute.owner: .value(lease.owner),
                    Lease.Attribute.handOffTo: ExpectedAttribute(exists: false),
                ],
                updates: [Lease.Attribute.handOffTo: .put(.string(worker))]
            )
        case .withdrawHandOff(let worker):
            return update(
                lease.key,
                expected: [
                    Lease.Attribute.owner: .value(lease.owner), Lease.Attribute.handOffTo: .value(worker),
                ],
                updates: [Lease.Attribute.handOffTo: .delete]
            )
        }
    }

    /// A write under the optimistic lock: only if the counter is as it was, and it grows by one. It asks for the owner too, as the
    /// KCL does not: a lease that was deleted and made again counts from 0 once more, and might be just where the earlier
    /// one was.
    private func counted(_ lease: Lease, _ updates: [String: AttributeUpdate]) -> UpdateItem.Request {
        var updates = updates
        updates[Lease.Attribute.counter] = .put(.number(String(lease.counter + 1)))
        let expected = [
            Lease.Attribute.counter: ExpectedAttribute(value: .number(String(lease.counter))),
            Lease.Attribute.owner: .value(lease.owner),
        ]
        return update(lease.key, expected: expected, updates: updates)
    }

    private func ownership(of lease: Lease, by worker: String) -> [String: AttributeUpdate] {
        var updates: [String: AttributeUpdate] = [
            Lease.Attribute.owner: .put(.string(worker)),
            Lease.Attribute.weirOwner: .put(.string(worker)),
            Lease.Attribute.handOffTo: .delete,
        ]
        if let owner = lease.owner, owner != worker { updates[Lease.Attribute.ownerSwitches] = .add(1) }
        return updates
    }

    private func progress(_ lease: Lease) -> [String: AttributeUpdate] {
        var updates: [String: AttributeUpdate] = [
            Lease.Attribute.checkpoint: .put(.string(lease.checkpoint.text)),
            Lease.Attribute.subSequenceNumber: .put(.number(String(lease.checkpoint.subSequenceNumber))),
            Lease.Attribute.ownerSwitches: .put(.number("0")),
        ]
        // A pending checkpoint that is further on stays, where the KCL would delete it.
        if lease.pendingCheckpoint == nil {
            updates[Lease.Attribute.pendingCheckpoint] = .delete
            updates[Lease.Attribute.pendingSubSequenceNumber] = .delete
            updates[Lease.Attribute.pendingState] = .delete
        }
        if let range = lease.hashKeyRange {
            updates[Lease.Attribute.startingHashKey] = .put(.string(range.starting.description))
            updates[Lease.Attribute.endingHashKey] = .put(.string(range.ending.description))
        }
        if !lease.childShardIDs.isEmpty {
            updates[Lease.Attribute.childShardIDs] = .put(AttributeValue(texts: lease.childShardIDs))
        }
        return updates
    }

    private func load(_ write: LeaseWrite) -> [String: AttributeUpdate] {
        guard let throughput = write.throughput else { return [:] }
        return [Lease.Attribute.throughput: .put(AttributeValue(kilobytesOf: throughput))]
    }

    private func preparation(_ pending: PendingCheckpoint) -> [String: AttributeUpdate] {
        let checkpoint = pending.checkpoint
        return [
            Lease.Attribute.pendingCheckpoint: .put(.string(checkpoint.text)),
            Lease.Attribute.pendingSubSequenceNumber: .put(.number(String(checkpoint.subSequenceNumber))),
            Lease.Attribute.pendingState: pending.state.map { .put(.binary($0)) } ?? .delete,
        ]
    }

    private func update(
        _ key: String,
        expected: [String: ExpectedAttribute],
        updates: [String: AttributeUpdate]
    ) -> UpdateItem.Request {
        UpdateItem.Request(tableName: name, key: Self.key(key), expected: expected, attributeUpdates: updates)
    }

    private static func key(_ key: String) -> Item { [Lease.Attribute.key: .string(key)] }
}

extension AttributeUpdate {
    fileprivate static func put(_ value: AttributeValue) -> AttributeUpdate { .init(value: value, action: "PUT") }
    fileprivate static func add(_ number: Int) -> AttributeUpdate {
        .init(value: .number(String(number)), action: "ADD")
    }
    fileprivate static let delete = AttributeUpdate(action: "DELETE")
}

extension ExpectedAttribute {
    /// The attribute has the text, or (nil) does not exist.
    fileprivate static func value(_ text: String?) -> ExpectedAttribute {
        text.map { ExpectedAttribute(value: .string($0)) } ?? ExpectedAttribute(exists: false)
    }
}
