import CZlib
import NIOCore

/// What a client makes of a body that it sends with `Content-Encoding: gzip`.
func gzip(_ bytes: ByteBuffer) -> ByteBuffer {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer { stream.deallocate() }
    let size = CInt(MemoryLayout<z_stream>.size)
    guard deflateInit2_(stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK else {
        return ByteBuffer()
    }
    defer { deflateEnd(stream) }
    let room = Int(deflateBound(stream, UInt(bytes.readableBytes)))
    var output = ByteBuffer()
    bytes.withUnsafeReadableBytes { input in
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { space in
            stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
            stream.pointee.avail_out = UInt32(room)
            _ = deflate(stream, Z_FINISH)
            return room - Int(stream.pointee.avail_out)
        }
    }
    return output
}

func gzip(_ text: String) -> ByteBuffer { gzip(ByteBuffer(string: text)) }
