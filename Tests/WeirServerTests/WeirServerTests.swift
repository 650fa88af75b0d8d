import Logging
import NIOCore
import ServiceLifecycle
import Testing
import WeirModel
import WeirRuntime

@testable import WeirServer

@Suite struct WeirServerTests {
    private func server(
        _ configuration: WeirServer.Configuration = .test,
        gate: Gate = Gate(),
        streams: NoStreams = NoStreams()
    ) -> WeirServer {
        WeirServer(
            configuration: configuration,
            services: [FakeService(gate: gate)],
            streams: streams,
            time: SystemTime(),
            logger: quiet
        )
    }

    @Test func aGracefulShutdownFinishesTheRequestInFlight() async throws {
        let gate = Gate()
        let server = server(gate: gate)
        let group = ServiceGroup(services: [server], logger: quiet)
        let run = Task { try await group.run() }
        let port = try await server.port
        let busy = try await RawConnection.open(port: port)
        let idle = try await RawConnection.open(port: port)
        try await idle.send(request("Kinesis_20131202.Echo", "x"))
        #expect(try await idle.response().status == 200)
        try await busy.send(request("Kinesis_20131202.Wait", "in flight"))
        await gate.arrival()

        await group.triggerGracefulShutdown()
        // The idle connection is closed while the busy one goes on.
        #expect(await idle.isClosedByServer())
        await #expect(throws: (any Error).self) { try await RawConnection.open(port: port) }
        gate.open()
        let response = try await busy.response()
        #expect(response.body == "in flight")
        #expect(response.headers["connection"] == "close")
        #expect(await busy.isClosedByServer())
        try await run.value
    }

    @Test func aGracefulShutdownOfHTTP2FinishesWhatIsInFlight() async throws {
        let gate = Gate()
        let server = server(gate: gate)
        let group = ServiceGroup(services: [server], logger: quiet)
        let run = Task { try await group.run() }
        let port = try await server.port
        let busy = try await RawHTTP2Connection.open(port: port)
        let idle = try await RawHTTP2Connection.open(port: port)
        try await idle.request(1, "Kinesis_20131202.Echo", "x")
        #expect(try await idle.response(1).status == 200)
        try await busy.request(1, "Kinesis_20131202.Wait", "in flight")
        await gate.arrival()

        await group.triggerGracefulShutdown()
        for connection in [idle, busy] { #expect(try await connection.frame(.goAway).number == 1) }
        #expect(await idle.isClosedByServer())
        // What crosses the news is not looked at, and harms nothing.
        try await busy.request(3, "Kinesis_20131202.Echo", "late")
        try await busy.send(RawHTTP2Connection.ping(1))
        #expect(try await busy.frame(.ping).flags == 1)
        gate.open()
        #expect(try await busy.response(1).text == "in flight")
        #expect(await busy.isClosedByServer())
        try await run.value
    }

    @Test func aGracefulShutdownWritesTheLastAnswerWhole() async throws {
        let server = server()
        let group = ServiceGroup(services: [server], logger: quiet)
        let run = Task { try await group.run() }
        let port = try await server.port
        let slow = try await RawConnection.open(port: port, reads: false)
        let idle = try await RawConnection.open(port: port)
        try await idle.send(request("Kinesis_20131202.Echo", "x"))
        #expect(try await idle.response().status == 200)
        try await slow.send(request("Kinesis_20131202.Large"))
        try await slow.receiveSome()

        await group.triggerGracefulShutdown()
        #expect(await idle.isClosedByServer())
        try await slow.startReading()
        #expect(try await slow.response().body.utf8.count == 8 << 20)
        #expect(await slow.isClosedByServer())
        try await run.value
    }

    @Test func aShutdownDoesNotWaitForRetentionToLetClientsGo() async throws {
        let streams = NoStreams(holdsRetention: true)
        var configuration = WeirServer.Configuration.test
        configuration.retentionInterval = .milliseconds(1)
        let server = server(configuration, streams: streams)
        let group = ServiceGroup(services: [server], logger: quiet)
        let run = Task { try await group.run() }
        let port = try await server.port
        let idle = try await RawConnection.open(port: port)
        try await idle.send(request("Kinesis_20131202.Echo", "x"))
        #expect(try await idle.response().status == 200)
        await streams.retention.arrival()

        await group.triggerGracefulShutdown()
        #expect(await idle.isClosedByServer())
        await #expect(throws: (any Error).self) { try await RawConnection.open(port: port) }
        streams.retention.open()
        try await run.value
    }

    @Test func aShutdownDoesNotWaitForEver() async throws {
        let gate = Gate()
        var configuration = WeirServer.Configuration.test
        configuration.shutdownTimeout = .milliseconds(100)
        let server = server(configuration, gate: gate)
        let run = Task { try await server.run() }
        let busy = try await RawConnection.open(port: try await server.port)
        try await busy.send(request("Kinesis_20131202.Wait"))
        await gate.arrival()
        run.cancel()
        try await run.value
        #expect(await busy.isClosedByServer())
        // The request still ends, although its connection and its event loop are gone.
        gate.open()
        await gate.departure()
    }

    @Test func aServerRunsOnce() async throws {
        let server = server()
        let run = Task { try await server.run() }
        _ = try await server.port
        let error = await #expect(throws: ServerError.self) { try await server.run() }
        #expect(error?.code == .alreadyRan)
        run.cancel()
        try await run.value
    }

    @Test func aPortThatIsTakenIsReported() async throws {
        try await withServer { port in
            var configuration = WeirServer.Configuration.test
            configuration.port = port
            let second = server(configuration)
            let error = await #expect(throws: ServerError.self) { try await second.run() }
            #expect(error?.code == .cannotListen)
            #expect(error?.message.contains("127.0.0.1:\(port)") == true)
            // Those who wait for the port are told too.
            await #expect(throws: ServerError.self) { try await second.port }
        }
    }

    @Test func aConnectionAboveTheMaximumIsClosedAtOnce() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.maximumConnectionCount = 2
        try await withServer(configuration) { port in
            let first = try await RawConnection.open(port: port)
            let second = try await RawConnection.open(port: port)
            try await echo("first", on: first)
            try await echo("second", on: second)
            let third = try await RawConnection.open(port: port)
            #expect(await third.isClosedByServer())
            try await echo("again", on: first)

            // Its place is free once the server has noticed that a client has gone.
            try await second.close()
            let deadline = ContinuousClock.now + .seconds(20)
            var isServed = false
            while !isServed, ContinuousClock.now < deadline {
                // One that comes too soon is closed again.
                guard let next = try? await RawConnection.open(port: port) else { continue }
                isServed = (try? await echo("next", on: next)) != nil
            }
            #expect(isServed)
        }
    }

    private func echo(_ body: String, on connection: RawConnection) async throws {
        try await connection.send(request("Kinesis_20131202.Echo", body))
        #expect(try await connection.response().body == body)
    }

    @Test(arguments: [
        (1, 1), (64, 1), (65, 1), (66, 2), (256, 192), (1024, 768), (20_000, 15_000), (OpenFileLimit.maximum, 786_432),
    ])
    func connectionsLeaveOpenFilesToTheLog(openFiles: Int, connections: Int) {
        #expect(OpenFileLimit.connectionCount(openFiles: openFiles) == connections)
    }

    @Test func theDefaultMaximumOfConnectionsIsThatOfTheProcess() {
        let maximum = WeirServer.Configuration().maximumConnectionCount
        let ofFiles = OpenFileLimit.connectionCount(openFiles: OpenFileLimit.current)
        #expect(maximum == min(ofFiles, Limits.defaultMaximumConnectionCount))
        #expect(maximum < OpenFileLimit.current)
    }

    @Test func severalEventLoopsServe() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.eventLoopCount = 3
        try await withServer(configuration) { port in
            for number in 0..<9 {
                let connection = try await RawConnection.open(port: port)
                try await connection.send(request("Kinesis_20131202.Echo", "\(number)"))
                #expect(try await connection.response().body == "\(number)")
            }
        }
    }

    @Test(arguments: [nil, ServiceError(.serviceUnavailable, "disk full")])
    func retentionIsEnforcedNowAndThen(failure: ServiceError?) async throws {
        let streams = NoStreams(retentionFails: failure)
        var configuration = WeirServer.Configuration.test
        configuration.retentionInterval = .milliseconds(1)
        configuration.upkeepInterval = .milliseconds(1)
        try await withServer(configuration, streams: streams) { port in
            await streams.retention.arrival()
            await streams.upkeep.arrival()
            // A failure does not end the server.
            let connection = try await RawConnection.open(port: port)
            try await connection.send(request("Kinesis_20131202.Echo", "x"))
            #expect(try await connection.response().status == 200)
        }
    }

    @Test func servicesAreMaintainedNowAndThen() async throws {
        let maintenance = Gate()
        var configuration = WeirServer.Configuration.test
        configuration.retentionInterval = .milliseconds(1)
        try await withServer(configuration, services: [FakeService(maintenance: maintenance)]) { port in
            await maintenance.arrival()
            // A failure does not end the server.
            let connection = try await RawConnection.open(port: port)
            try await connection.send(request("Kinesis_20131202.Echo", "x"))
            #expect(try await connection.response().status == 200)
        }
    }
}
