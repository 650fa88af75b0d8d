import Crypto
import Testing
import WeirModel
import WeirRuntime

@testable import WeirStore

@Suite struct RegionalDataFolderTests {
    private func open(
        _ path: String,
        region: String = "us-east-1",
        maximumRegionCount: Int = Limits.maximumRegionCount
    ) async throws -> RegionalDataFolder {
        var configuration = DataFolder.Configuration()
        configuration.region = region
        return try await RegionalDataFolder.open(
            path: path,
            configuration: configuration,
            maximumRegionCount: maximumRegionCount,
            logger: quiet
        )
    }

    private func names(_ folder: RegionalDataFolder, _ region: String) async throws -> [String] {
        try await folder.stores(of: region).streams.streamNames(after: nil, limit: 10)
    }

    private func create(_ name: String, _ folder: RegionalDataFolder, _ region: String) async throws {
        try await folder.stores(of: region).streams.createStream(name: name, shardCount: 1, tags: [:])
    }

    @Test func everyRegionHasItsOwnStreamsAndKey() async throws {
        try await withTemporaryPath { path in
            let folder = try await open(path)
            try await create("a", folder, "us-east-1")
            try await create("a", folder, "eu-west-1")
            try await create("b", folder, "eu-west-1")
            #expect(try await names(folder, "us-east-1") == ["a"])
            #expect(try await names(folder, "eu-west-1") == ["a", "b"])
            #expect(try await names(folder, "eu-central-1") == [])
            let keys = folder.allStores().map { $0.tokenKey.withUnsafeBytes { Array($0) } }
            #expect(Set(keys).count == 3)
            await folder.close()
        }
    }

    @Test func regionsAreThereAgainAfterARestart() async throws {
        try await withTemporaryPath { path in
            let first = try await open(path)
            try await create("a", first, "us-east-1")
            try await create("b", first, "eu-west-1")
            await first.close()
            let second = try await open(path)
            #expect(second.allStores().map(\.region) == ["eu-west-1", "us-east-1"])
            #expect(try await names(second, "us-east-1") == ["a"])
            #expect(try await names(second, "eu-west-1") == ["b"])
            await second.close()
        }
    }

    @Test func aFolderFromBeforeTheRegionsIsTheDefaultRegion() async throws {
        try await withTemporaryPath { path in
            let old = try await DataFolder.open(path: path, logger: quiet)
            try await old.streams.createStream(name: "old", shardCount: 1, tags: [:])
            await old.close()
            let folder = try await open(path, region: "eu-west-1")
            #expect(try await names(folder, "eu-west-1") == ["old"])
            #expect(try await names(folder, "us-east-1") == [])
            await folder.close()
        }
    }

    @Test func anotherDefaultRegionThatHidesStreamsIsRefused() async throws {
        try await withTemporaryPath { path in
            let first = try await open(path)
            try await create("b", first, "eu-west-1")
            await first.close()
            let error = await #expect(throws: DataFolderError.self) { try await open(path, region: "eu-west-1") }
            #expect(error?.message.contains("used with another default region") == true)
            // It was closed again.
            await (try open(path)).close()
        }
    }

    @Test func thereAreSoManyRegions() async throws {
        try await withTemporaryPath { path in
            let folder = try await open(path, maximumRegionCount: 2)
            try await create("a", folder, "eu-west-1")
            let error = await #expect(throws: ServiceError.self) { try await folder.stores(of: "eu-west-2") }
            #expect(error?.code == .limitExceeded)
            #expect(try await names(folder, "eu-west-1") == ["a"])
            #expect(folder.allStores().count == 2)
            await folder.close()
        }
    }

    @Test func aRegionThatManyAskForIsMadeOnce() async throws {
        try await withTemporaryPath { path in
            let folder = try await open(path)
            try await withThrowingTaskGroup { group in
                for number in 0..<16 {
                    group.addTask { try await create("s\(number)", folder, "eu-west-1") }
                }
                try await group.waitForAll()
            }
            #expect(folder.allStores().count == 2)
            let count = try await folder.stores(of: "eu-west-1").streams.streamNames(after: nil, limit: 100).count
            #expect(count == 16)
            await folder.close()
        }
    }

    @Test func aClosedFolderHasNoRegions() async throws {
        try await withTemporaryPath { path in
            let folder = try await open(path)
            await folder.close()
            await folder.close()
            for region in ["us-east-1", "eu-west-1"] {
                let error = await #expect(throws: ServiceError.self) { try await folder.stores(of: region) }
                #expect(error?.code == .serviceUnavailable)
            }
            #expect(folder.allStores().isEmpty)
        }
    }
}
