import WeirLeases

extension SplitMix64 {
    /// A number below a bound. Cheaper than the standard library's in a debug build.
    package mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(next() >> 11) % bound }

    /// A time below a bound.
    package mutating func time(below bound: UInt64) -> UInt64 { bound == 0 ? 0 : (next() >> 1) % bound }

    /// Whether one of so many cases has come.
    package mutating func once(in count: Int) -> Bool { below(count) == 0 }

    /// Whether something of this probability happens.
    package mutating func chance(_ probability: Double) -> Bool {
        probability > 0 && Double(next() >> 11) < probability * 9_007_199_254_740_992
    }

    package mutating func pick<T>(_ choices: [T]) -> T? { choices.isEmpty ? nil : choices[below(choices.count)] }
}
