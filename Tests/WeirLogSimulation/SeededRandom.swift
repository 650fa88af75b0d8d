/// Numbers that depend on a seed only (SplitMix64).
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number below a bound. Cheaper than the standard library's in a debug build.
    package mutating func below(_ bound: Int) -> Int { bound <= 1 ? 0 : Int(next() >> 11) % bound }

    /// Whether one of so many cases has come.
    package mutating func once(in count: Int) -> Bool { below(count) == 0 }
}
