import Testing
import WeirLogSimulation

@testable import WeirStore

@Suite struct UnreadRangesTests {
    /// Takes and puts back ranges, in order and across others, beside a set of the indexes below 64.
    @Test(arguments: 0..<64 as Range<UInt64>)
    func `taking out and putting in gives the indexes of a set`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var ranges = UnreadRanges(from: 0)
        var indexes = Set(0..<64 as Range<UInt64>)
        for step in 0..<60 {
            let start = UInt64.random(in: 0..<60, using: &random)
            let range = start..<start + UInt64.random(in: 0...4, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                ranges.add(range)
                indexes.formUnion(range)
            case 1:
                ranges.subtract(start)
                indexes.remove(start)
            case 2:
                ranges.subtract(range)
                indexes.subtract(range)
            default:
                // The next ones, as receives take them, and sometimes what is behind a gap along with them.
                guard let first = ranges.first else { continue }
                let begin = first.lowerBound - min(first.lowerBound, UInt64(step % 2))
                let next = begin..<min(64, first.lowerBound + UInt64.random(in: 1...3, using: &random))
                guard begin < 64 else { continue }
                ranges.subtract(next)
                indexes.subtract(next)
            }
            #expect((0..<64 as Range<UInt64>).allSatisfy { ranges.contains($0) == indexes.contains($0) })
            #expect(ranges == UnreadRanges(ranges.ranges), "ascending and apart")
        }
        #expect(ranges.ranges.last?.upperBound == .max)
    }
}
