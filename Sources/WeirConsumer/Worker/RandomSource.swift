/// Where a worker's random numbers come from: the system's generator in production, a seed in simulation.
package struct RandomSource: Sendable {
    private let make: @Sendable () -> UInt64

    /// Numbers from a closure.
    package init(_ make: @escaping @Sendable () -> UInt64) { self.make = make }

    /// The system's generator.
    package static let system = RandomSource { .random(in: 0 ... .max) }

    /// Any number.
    package func next() -> UInt64 { make() }

    /// A number of a range that is not empty.
    func next(in range: ClosedRange<Int>) -> Int { range.lowerBound + Int(next() % UInt64(range.count)) }
}
