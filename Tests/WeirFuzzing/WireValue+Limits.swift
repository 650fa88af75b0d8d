import WeirModel
import WeirWire

extension WireValue {
    /// What was read is within the limits of messages.
    func checkLimits() throws(FuzzFinding) {
        let size = measure()
        try require(size.depth <= Limits.maximumMessageDepth, "\(size.depth) levels were taken")
        try require(size.count <= Limits.maximumMessageValueCount, "\(size.count) values were taken")
    }

    private func measure() -> (count: Int, depth: Int) {
        let children: [WireValue]
        switch self {
        case .array(let elements): children = elements
        case .map(let map): children = map.members.map(\.value)
        default: return (1, 0)
        }
        return children.reduce((1, 1)) { size, child in
            let (count, depth) = child.measure()
            return (size.0 + count, max(size.1, depth + 1))
        }
    }
}
