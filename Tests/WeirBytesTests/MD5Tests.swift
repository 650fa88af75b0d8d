import Crypto
import Testing
import WeirTestTools

@testable import WeirBytes

@Suite struct MD5Tests {
    private func expected(_ text: String) -> UInt128 {
        Insecure.MD5.hash(data: Array(text.utf8)).reduce(0) { $0 << 8 | UInt128($1) }
    }

    private func numbers(of texts: [String], hashesTogether: Bool = true) -> [UInt128] {
        MD5.numbers(of: texts.count, hashesTogether: hashesTogether) { place, hash in
            var text = texts[place]
            text.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
        }
    }

    /// RFC 1321, appendix A.5.
    @Test func theDigestsAreThoseOfTheRFC() {
        let texts = ["", "a", "abc", "message digest", "abcdefghijklmnopqrstuvwxyz"]
        let digests: [UInt128] = [
            0xD41D_8CD9_8F00_B204_E980_0998_ECF8_427E, 0x0CC1_75B9_C0F1_B6A8_31C3_99E2_6977_2661,
            0x9001_5098_3CD2_4FB0_D696_3F7D_28E1_7F72, 0xF96B_697D_7CB7_938D_525A_2F31_AAF1_61D0,
            0xC3FC_D3D7_6192_E400_7DFB_496C_CA67_E13B,
        ]
        #expect(numbers(of: texts) == digests)
    }

    /// Around the length of one block, and more.
    @Test(arguments: [0, 1, 7, 8, 9, 16, 17, 500])
    func manyAreAsEachAlone(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let texts = (0..<count).map { place in
            let length = place < 70 ? place : Int.random(in: 0...300, using: &generator)
            return String((0..<length).map { _ in "abcdefghijé😀".randomElement(using: &generator) ?? "x" })
        }
        let numbers = self.numbers(of: texts)
        #expect(numbers == texts.map(expected))
        // As where the processor cannot do it.
        #expect(self.numbers(of: texts, hashesTogether: false) == numbers)
        #expect(texts.map { text in Array(text.utf8).withUnsafeBytes { MD5.number(of: $0) } } == numbers)
    }

    /// Long and short ones among each other, and the same one several times.
    @Test func whatOneTextLeavesIsNotInTheNext() {
        let lengths = [55, 1, 54, 0, 56, 3, 55, 2, 64, 5, 40, 6, 119, 7, 55, 0, 12]
        let texts = lengths.map { String(repeating: "z", count: $0) }
        for together in [true, false] {
            #expect(numbers(of: texts, hashesTogether: together) == texts.map(expected))
        }
    }

    /// Among many, so that it also stands at the begin and at the end of what is hashed together.
    @Test func whatIsNotGivenHasNoDigest() {
        let numbers = MD5.numbers(of: 20) { place, hash in
            if place % 3 != 0 { [UInt8](repeating: 0x61, count: place).withUnsafeBytes(hash) }
        }
        for (place, number) in numbers.enumerated() {
            #expect(number == (place % 3 == 0 ? 0 : expected(String(repeating: "a", count: place))))
        }
    }
}
