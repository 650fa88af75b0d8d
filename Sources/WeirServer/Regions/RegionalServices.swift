import Synchronization
import WeirAccess
import WeirModel
import WeirStore
import WeirWire

/// The services of each region, which are made when a region is first asked for.
final class RegionalServices: Sendable {
    typealias Make = @Sendable (RegionStores) -> [any ActionService]

    private enum Source: Sendable {
        case fixed([any ActionService])
        case regions(any RegionalStores, Make)
    }

    private let source: Source
    private let made = Mutex<[String: [any ActionService]]>([:])

    /// The same services for every region.
    init(_ services: [any ActionService]) { source = .fixed(services) }

    /// Services over the stores of each region.
    init(_ regions: any RegionalStores, make: @escaping Make) { source = .regions(regions, make) }

    /// The region of those who name none.
    var defaultRegion: String {
        switch source {
        case .fixed: "us-east-1"
        case .regions(let regions, _): regions.defaultRegion
        }
    }

    /// A service of a region, the default one when none is named. Throws `unknownOperation` when there is no such service,
    /// `accessDenied` when a region would be opened for somebody who may do nothing there, and what keeps the region from
    /// being opened.
    ///
    /// - Parameters:
    ///   - service: The service.
    ///   - identity: Who calls, and which region is named.
    ///   - action: What for.
    func service(
        _ service: WireService,
        for identity: RequestIdentity,
        action: String
    ) async throws(ServiceError) -> any ActionService {
        let found = try await services(of: identity.region) { region throws(ServiceError) in
            try identity.caller?.authorizeAnything(in: region, for: action, of: service.endpointPrefix)
        }
        guard let found = found.first(where: { $0.service == service }) else {
            throw ServiceError(.unknownOperation, "")
        }
        return found
    }

    /// Ends the answers that come in pieces: the server stops.
    func endReplyStreams() {
        for service in all { service.endReplyStreams() }
    }

    /// The services of all regions that were asked for.
    var all: [any ActionService] {
        switch source {
        case .fixed(let services): services
        case .regions: made.withLock { made in made.values.flatMap(\.self) }
        }
    }

    private func services(
        of region: String?,
        admit: (_ region: String) throws(ServiceError) -> Void
    ) async throws(ServiceError) -> [any ActionService] {
        switch source {
        case .fixed(let services): return services
        case .regions(let regions, let make):
            let region = region ?? regions.defaultRegion
            if let services = made.withLock({ $0[region] }) { return services }
            if !regions.allStores().contains(where: { $0.region == region }) { try admit(region) }
            let stores = try await regions.stores(of: region)
            return made.withLock { made in
                if let services = made[stores.region] { return services }
                let services = make(stores)
                made[stores.region] = services
                return services
            }
        }
    }
}
