/// Comparisons whose duration tells nothing about where two secrets differ.
enum ConstantTime {
    /// Whether two texts have the same bytes. Their lengths are not secret.
    static func isEqual(_ left: String, _ right: String) -> Bool {
        let left = Array(left.utf8)
        let right = Array(right.utf8)
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}

extension SigningKey {
    /// Whether a text is the signature of another, in hexadecimal as ``signature(of:)`` makes it. It takes as long for a
    /// signature that is nearly right as for one that is all wrong.
    func isSignature(_ signature: String, of stringToSign: String) -> Bool {
        ConstantTime.isEqual(signature, self.signature(of: stringToSign))
    }
}
