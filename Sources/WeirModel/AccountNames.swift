/// The names of regions.
public enum RegionName {
    /// Whether a text can be the name of a region: 1 to 63 lower-case letters, digits and hyphens.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        (1...Limits.maximumRegionNameLength).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
            }
    }
}

/// The numbers of accounts.
public enum AccountID {
    /// Whether a text can be the number of an account: twelve digits.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
