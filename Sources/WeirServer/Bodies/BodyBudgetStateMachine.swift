import NIOCore

/// Decides which request bodies are read on, so that those of a connection, and those of the server, hold no more memory
/// than they may.
///
/// A body counts until its request was answered. When the limit is reached only the body that began first is read on, and
/// it too waits while there are requests under way whose answers make room; the others wait until there is room again. So
/// an honest client is slowed down, and one body always gets to its end: what is held is at most the limit, the rest of one
/// body, and what is read at a time. Refused is a body alone that waited longer than a body may take, and one that would
/// grow by being unpacked. No I/O.
struct BodyBudgetStateMachine {
    /// A body; a greater number began later.
    typealias ID = UInt64

    /// What a limit applies to: a connection, or the server.
    private struct Pool {
        let limit: Int
        var bytes = 0
        var bodyCount = 0
        /// The bodies that are received, in the order of their beginning, and some of which all was received.
        var order = CircularBuffer<ID>()
        var receivingCount = 0
        /// Those that wait for room.
        var held: Set<ID> = []

        init(limit: Int) { self.limit = limit }

        /// Requests whose bodies are there, and which are answered without any of those that wait.
        var pendingCount: Int { bodyCount - receivingCount }

        func mayRead(_ id: ID) -> Bool { bytes < limit || (order.first == id && pendingCount == 0) }

        /// Whether there is so much room again that those who wait may go on.
        var hasRoom: Bool { bytes <= limit - limit / 4 }
    }

    private struct Body {
        let connection: ObjectIdentifier?
        var bytes = 0
        var isReceiving = true
    }

    private let connectionLimit: Int
    private var server: Pool
    private var connections: [ObjectIdentifier: Pool] = [:]
    private var bodies: [ID: Body] = [:]
    private var nextID: ID = 0

    /// A budget of so many bytes for the server, and for each connection.
    init(serverLimit: Int, connectionLimit: Int) {
        server = Pool(limit: serverLimit)
        self.connectionLimit = connectionLimit
    }

    /// Whether no more bodies should begin.
    var isFull: Bool { server.bytes >= server.limit }

    /// Bytes that are held.
    var bytes: Int { server.bytes }

    /// Whether nothing is held, and nobody remembered.
    var isEmpty: Bool { bodies.isEmpty && connections.isEmpty && server.order.isEmpty && server.held.isEmpty }

    /// A body begins on a connection; without one it counts for the server alone.
    mutating func begin(on connection: ObjectIdentifier?) -> ID {
        let id = nextID
        nextID += 1
        bodies[id] = Body(connection: connection)
        forEachPool(of: connection) { pool in
            pool.bodyCount += 1
            pool.receivingCount += 1
            pool.order.append(id)
        }
        return id
    }

    /// A body takes so many bytes more.
    mutating func arrived(_ id: ID, bytes: Int) {
        guard let body = bodies[id] else { return }
        bodies[id]?.bytes += bytes
        forEachPool(of: body.connection) { $0.bytes += bytes }
    }

    /// Whether more of a body may be read now. If not, it is among those that a later call returns.
    mutating func mayRead(_ id: ID) -> Bool {
        guard let body = bodies[id], body.isReceiving else { return true }
        guard server.mayRead(id) else {
            server.held.insert(id)
            return false
        }
        guard let connection = body.connection, let pool = connections[connection], !pool.mayRead(id) else {
            return true
        }
        connections[connection]?.held.insert(id)
        return false
    }

    /// All of a body came in. Returns bodies that waited and should be asked for again.
    mutating func received(_ id: ID) -> [ID] {
        guard let body = bodies[id], body.isReceiving else { return [] }
        bodies[id]?.isReceiving = false
        return update(id, body.connection, freeing: 0, isGone: false, wasReceiving: true)
    }

    /// A body is held no more, whether all of it came in or not. Returns bodies that waited and should be asked for again.
    mutating func freed(_ id: ID) -> [ID] {
        guard let body = bodies.removeValue(forKey: id) else { return [] }
        return update(id, body.connection, freeing: body.bytes, isGone: true, wasReceiving: body.isReceiving)
    }

    private mutating func update(
        _ id: ID,
        _ connection: ObjectIdentifier?,
        freeing bytes: Int,
        isGone: Bool,
        wasReceiving: Bool
    ) -> [ID] {
        let bodies = bodies
        var resumed: [ID] = []
        forEachPool(of: connection) { pool in
            pool.bytes -= bytes
            if isGone { pool.bodyCount -= 1 }
            if wasReceiving { pool.receivingCount -= 1 }
            pool.held.remove(id)
            Self.tidy(&pool) { bodies[$0]?.isReceiving ?? false }
            if pool.hasRoom {
                resumed += pool.held
                pool.held = []
            } else if let first = pool.order.first, pool.mayRead(first), pool.held.remove(first) != nil {
                resumed.append(first)
            }
        }
        if let connection, connections[connection]?.bodyCount == 0 { connections[connection] = nil }
        return resumed.sorted()
    }

    /// Forgets the bodies at the front of the order that are received no more; all of them when they are many.
    private static func tidy(_ pool: inout Pool, isReceiving: (ID) -> Bool) {
        while let first = pool.order.first, !isReceiving(first) { pool.order.removeFirst() }
        if pool.order.count > 2 * pool.receivingCount + 64 {
            pool.order = CircularBuffer(pool.order.filter(isReceiving))
        }
    }

    private mutating func forEachPool(of connection: ObjectIdentifier?, _ body: (inout Pool) -> Void) {
        body(&server)
        if let connection { body(&connections[connection, default: Pool(limit: connectionLimit)]) }
    }
}
