import Synchronization

/// Makes the identifiers of requests: of the form of a UUID, never the same twice, and cheap. They are not secret.
final class RequestIDSource: Sendable {
    private let seed = UInt64.random(in: .min ... .max)
    private let offset = UInt64.random(in: .min ... .max)
    private let counter = Atomic<UInt64>(0)

    /// The next identifier: 36 characters.
    func next() -> String {
        let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
        let high = Self.mix(seed &+ number)
        let low = Self.mix(offset &+ number)
        return String(unsafeUninitializedCapacity: 36) { text in
            var place = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    text[place] = UInt8(ascii: "-")
                    place += 1
                }
                let word = index < 16 ? high : low
                var digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index % 16))) & 15
                // Version 4, variant 1 of RFC 9562.
                if index == 12 { digit = 4 }
                if index == 16 { digit = digit & 3 | 8 }
                text[place] = digit < 10 ? 0x30 + digit : 0x57 + digit
                place += 1
            }
            return place
        }
    }

    /// A bijection of 64-bit numbers that scatters neighbours (the finaliser of SplitMix64).
    private static func mix(_ number: UInt64) -> UInt64 {
        var word = number &* 0x9E37_79B9_7F4A_7C15
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
