import NIOCore

/// What stands before a member's value: `{"name":`, or `,"name":` when it is not the first.
public struct JSONMemberName: Sendable {
    @usableFromInline let opening: UInt8
    @usableFromInline let name: StaticString

    /// A name of ASCII characters that need no escapes.
    @inlinable
    public init(_ name: StaticString, isFirst: Bool) {
        opening = isFirst ? UInt8(ascii: "{") : UInt8(ascii: ",")
        self.name = name
    }

    @inlinable
    var count: Int { name.utf8CodeUnitCount + 4 }

    /// Writes the bytes from a place on, and gives their end.
    @inlinable
    func write(to target: UnsafeMutableRawBufferPointer, at start: Int) -> Int {
        target[start] = opening
        target[start + 1] = UInt8(ascii: "\"")
        let text = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        UnsafeMutableRawBufferPointer(rebasing: target[(start + 2)...]).copyMemory(from: text)
        target[start + text.count + 2] = UInt8(ascii: "\"")
        target[start + text.count + 3] = UInt8(ascii: ":")
        return start + count
    }
}

/// Writing JSON: each value with the name before it, if it has one, in one step, since it is the number of
/// steps that costs. Source: RFC 8259.
extension ByteSink {
    /// Appends a string with its quotation marks, escaped where JSON asks for it and nowhere else.
    @inlinable
    public mutating func writeJSONString(_ string: String, after name: JSONMemberName? = nil) {
        var string = string
        string.withUTF8 { writeJSONString(utf8: UnsafeRawBufferPointer($0), after: name) }
    }

    /// Appends a string in UTF-8 with its quotation marks, escaped where JSON asks for it and nowhere else.
    @inlinable
    public mutating func writeJSONString(utf8 bytes: UnsafeRawBufferPointer, after name: JSONMemberName? = nil) {
        let extra = JSONEscaping.extraBytes(bytes)
        writeJSON(after: name, atMost: bytes.count + extra + 2) { target, start in
            target[start] = UInt8(ascii: "\"")
            var end = start + 1
            if extra == 0 {
                UnsafeMutableRawBufferPointer(rebasing: target[end...]).copyMemory(from: bytes)
                end += bytes.count
            } else {
                for byte in bytes { end = JSONEscaping.write(byte, to: target, at: end) }
            }
            target[end] = UInt8(ascii: "\"")
            return end + 1
        }
    }

    /// Appends a string of so many ASCII characters that need no escapes: `write` writes them to the start of what it gets.
    @inlinable
    public mutating func writeJSONString(
        ofASCII count: Int,
        after name: JSONMemberName? = nil,
        _ write: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        writeJSON(after: name, atMost: count + 2) { target, start in
            target[start] = UInt8(ascii: "\"")
            write(UnsafeMutableRawBufferPointer(rebasing: target[start + 1..<start + 1 + count]))
            target[start + 1 + count] = UInt8(ascii: "\"")
            return start + count + 2
        }
    }

    /// Appends bytes as a string in base64.
    @inlinable
    public mutating func writeJSONBase64(_ bytes: UnsafeRawBufferPointer, after name: JSONMemberName? = nil) {
        let count = Base64.encodedCount(bytes.count)
        writeJSON(after: name, atMost: count + 2) { target, start in
            target[start] = UInt8(ascii: "\"")
            Base64.encode(bytes, to: UnsafeMutableRawBufferPointer(rebasing: target[(start + 1)...]))
            target[start + 1 + count] = UInt8(ascii: "\"")
            return start + count + 2
        }
    }

    /// Appends an integer in decimal.
    @inlinable
    public mutating func writeJSONInteger(_ integer: Int64, after name: JSONMemberName? = nil) {
        writeJSONDecimal(integer, places: 0, after: name)
    }

    /// Appends `number` / 10^`places` in decimal, without superfluous zeros.
    @inlinable
    public mutating func writeJSONDecimal(_ number: Int64, places: Int, after name: JSONMemberName? = nil) {
        writeJSON(after: name, atMost: 22 + places) { target, start in
            var rest = number.magnitude
            var places = places
            while places > 0, rest % 10 == 0 {
                rest /= 10
                places -= 1
            }
            // From the last digit to the first, then turned round.
            var end = start
            var digits = 0
            repeat {
                target[end] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
                end += 1
                digits += 1
                if digits == places {
                    target[end] = UInt8(ascii: ".")
                    end += 1
                }
            } while rest != 0 || digits <= places
            if number < 0 {
                target[end] = UInt8(ascii: "-")
                end += 1
            }
            target[start..<end].reverse()
            return end
        }
    }

    /// Appends a number in the shortest form that reads back as the same double; `null` when it is not finite, for which
    /// JSON has no form.
    @inlinable
    public mutating func writeJSONDouble(_ double: Double) {
        if !double.isFinite {
            write(bytes: UnsafeRawBufferPointer(start: ("null" as StaticString).utf8Start, count: 4))
        } else if let integer = Int64(exactly: double), integer.magnitude < 1 << 53 {
            writeJSONInteger(integer)
        } else {
            var text = double.description
            text.withUTF8 { write(bytes: UnsafeRawBufferPointer($0)) }
        }
    }

    /// Appends a name alone; a value must follow.
    @inlinable
    public mutating func writeJSONName(_ name: JSONMemberName) { writeJSON(after: name, atMost: 0) { $1 } }

    /// Appends a name and a value of at most `count` bytes, which `value` writes from an index on and gives the end of.
    @inlinable
    mutating func writeJSON(
        after name: JSONMemberName?,
        atMost count: Int,
        _ value: (UnsafeMutableRawBufferPointer, Int) -> Int
    ) {
        write(atMost: count + (name?.count ?? 0)) { target, start in
            value(target, name?.write(to: target, at: start) ?? start)
        }
    }
}
