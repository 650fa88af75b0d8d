import GRDB
import Testing
import WeirModel
import WeirRuntime

@testable import WeirStore

@Suite struct SettingsTests {
    private static let settings = StreamSettings(
        mode: .onDemand,
        maximumRecordSizeInKiB: 4096,
        encryptionKeyID: "alias/k",
        shardLevelMetrics: [.incomingBytes, .iteratorAgeMilliseconds],
        warmThroughputMiBps: 7,
        distribution: .auto
    )

    @Test func settingsOutliveTheProcess() async throws {
        try await withTemporaryPath { path in
            let time = ManualTime()
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                try await folder.streams.createStream(
                    name: "flights",
                    shardCount: 1,
                    settings: Self.settings,
                    tags: [:]
                )
                _ = try await folder.streams.changeSettings(of: "flights", .stopEncryption)
                _ = try await folder.streams.changeSettings(of: "flights", .startEncryption(keyID: "alias/k"))
                for mode in [StreamMode.provisioned, .onDemand] {
                    _ = try await folder.streams.changeSettings(of: "flights", .mode(mode, warmThroughputMiBps: 7))
                    _ = try await folder.streams.changeSettings(of: "flights", .maximumRecordSize(kibibytes: 4096))
                }
                _ = try await folder.streams.changeSettings(of: "flights", .distribution(.auto))
                #expect(try await folder.streams.stream(name: "flights").settings == Self.settings)
            }
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                #expect(try await folder.streams.stream(name: "flights").settings == Self.settings)
                // The day is not over because the process is.
                let error = await serviceError { () async throws(ServiceError) in
                    _ = try await folder.streams.changeSettings(
                        of: "flights",
                        .mode(.provisioned, warmThroughputMiBps: nil)
                    )
                }
                #expect(error?.code == .limitExceeded)
                time.advance(hours: 24)
                _ = try await folder.streams.changeSettings(
                    of: "flights",
                    .mode(.provisioned, warmThroughputMiBps: nil)
                )
            }
        }
    }

    @Test func dailyLimitsCanBeLifted() async throws {
        var configuration = DataFolder.Configuration()
        configuration.dailyChangeLimits = .none
        try await withNewFolder(configuration: configuration) { folder in
            _ = try await folder.streams.makeStream()
            for mode in [StreamMode.onDemand, .provisioned, .onDemand, .provisioned] {
                _ = try await folder.streams.changeSettings(of: "flights", .mode(mode, warmThroughputMiBps: nil))
            }
        }
    }

    @Test func changesAtTheSameTimeAllCount() async throws {
        try await withNewFolder { folder in
            _ = try await folder.streams.makeStream()
            try await withThrowingTaskGroup { group in
                for metric in ShardLevelMetric.allCases {
                    group.addTask { try await folder.streams.changeSettings(of: "flights", .enableMetrics([metric])) }
                }
                try await group.waitForAll()
            }
            let settings = try await folder.streams.stream(name: "flights").settings
            #expect(settings.shardLevelMetrics == Set(ShardLevelMetric.allCases))
        }
    }

    @Test func aFailedWriteChangesNothing() async throws {
        try await withTemporaryPath { path in
            let folder = try await DataFolder.open(path: path, logger: quiet)
            let stream = try await folder.streams.makeStream()
            await folder.close()
            let error = await serviceError { () async throws(ServiceError) in
                _ = try await folder.streams.changeSettings(of: "flights", .maximumRecordSize(kibibytes: 2048))
            }
            #expect(error?.code == .serviceUnavailable)
            #expect(try await folder.streams.stream(name: "flights").settings == stream.settings)
        }
    }

    @Test func aFolderOfFormatOneIsBroughtUpToDate() async throws {
        try await withTemporaryPath { path in
            try SystemFileSystem().makeDirectory(path)
            let database = try DatabaseQueue(path: "\(path)/catalogue.sqlite")
            try CatalogueSchema.migrator(secretKey: [UInt8](repeating: 1, count: 32))
                .migrate(database, upTo: "format 1")
            try await database.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO streams (id, name, created_at, retention_hours, aged_out_before)
                            VALUES (1, 'old', 1000, 24, 0), (2, 'demand', 1001, 24, 0);
                        INSERT INTO stream_tags (stream_id, key, value)
                            VALUES (1, 'a', 'b'), (2, 'weir:stream-mode', 'ON_DEMAND'), (2, 'c', 'd');
                        UPDATE store SET next_stream_id = 3, last_created_at = 1001;
                        """
                )
            }
            try database.close()
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                let old = try await folder.streams.stream(name: "old")
                #expect(old.settings == StreamSettings())
                #expect(old.tags == ["a": "b"])
                let demand = try await folder.streams.stream(name: "demand")
                #expect(demand.settings == StreamSettings(mode: .onDemand))
                #expect(demand.tags == ["c": "d"])
            }
        }
    }

    @Test func policiesOfConsumersThatAreGoneAreRemovedByFormatSix() async throws {
        try await withTemporaryPath { path in
            try SystemFileSystem().makeDirectory(path)
            let database = try DatabaseQueue(path: "\(path)/catalogue.sqlite")
            try CatalogueSchema.migrator(secretKey: [UInt8](repeating: 1, count: 32))
                .migrate(database, upTo: "format 4")
            try await database.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO streams (id, name, created_at, retention_hours, aged_out_before)
                            VALUES (1, 's', 1000, 24, 0), (2, 't', 1001, 24, 0);
                        INSERT INTO consumers (stream_id, name, created_at) VALUES (1, 'c', 5000);
                        INSERT INTO resource_policies (stream_id, consumer, policy)
                            VALUES (1, '', '1'), (1, 'c:5', '2'), (1, 'c:4', '3'), (2, 'c:5', '4');
                        UPDATE store SET next_stream_id = 3, last_created_at = 1001;
                        """
                )
            }
            try database.close()
            try await DataFolder.withDataFolder(path: path, logger: quiet) { folder in
                let kept = try await folder.streams.policy(of: PolicyResource(stream: "s", consumer: "c:5"))
                #expect(kept == "2")
            }
            let policies = try await DatabaseQueue(path: "\(path)/catalogue.sqlite").read { database in
                try String.fetchAll(database, sql: "SELECT policy FROM resource_policies ORDER BY policy")
            }
            #expect(policies == ["1", "2"])
        }
    }

    @Test func aStreamIsFoundByItsNumber() async throws {
        try await withNewFolder { folder in
            let first = try await folder.streams.makeStream()
            #expect(try await folder.streams.stream(id: first.id).name == "flights")
            try await folder.streams.deleteStream(name: "flights")
            let second = try await folder.streams.makeStream()
            #expect(second.id != first.id)
            let error = await serviceError { () async throws(ServiceError) in
                _ = try await folder.streams.stream(id: first.id)
            }
            #expect(error?.code == .resourceNotFound)
        }
    }
}
