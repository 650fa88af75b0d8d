import Crypto
import WeirModel

/// The streams and tables of one region.
public struct RegionStores: Sendable {
    /// The region.
    public let region: String
    /// Its streams.
    public let streams: any StreamStore
    /// Its tables.
    public let tables: any TableStore
    /// Its queues; nil where there are none.
    public let queues: (any QueueStore)?
    /// Authenticates its shard iterators and pagination tokens.
    public let tokenKey: SymmetricKey

    /// The stores of a region.
    public init(
        region: String,
        streams: any StreamStore,
        tables: any TableStore,
        queues: (any QueueStore)? = nil,
        tokenKey: SymmetricKey
    ) {
        self.region = region
        self.streams = streams
        self.tables = tables
        self.queues = queues
        self.tokenKey = tokenKey
    }
}

/// Finds the streams and tables of a region: each has its own.
public protocol RegionalStores: Sendable {
    /// The region of those who name none.
    var defaultRegion: String { get }

    /// The stores of a region, which is made when it is named for the first time. Throws `limitExceeded` when there are as
    /// many regions as may be, and `serviceUnavailable` when its stores cannot be opened now.
    func stores(of region: String) async throws(ServiceError) -> RegionStores

    /// The stores of all regions that there are.
    func allStores() -> [RegionStores]
}

/// One region alone, whatever region is named.
public struct OneRegion: RegionalStores {
    private let stores: RegionStores

    /// The stores of the one region.
    public init(_ stores: RegionStores) { self.stores = stores }

    public var defaultRegion: String { stores.region }
    public func stores(of region: String) async throws(ServiceError) -> RegionStores { stores }
    public func allStores() -> [RegionStores] { [stores] }
}
