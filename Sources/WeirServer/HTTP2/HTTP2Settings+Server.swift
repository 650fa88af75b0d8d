import NIOCore
import NIOHTTP2
import WeirModel

extension NIOHTTP2Handler.Configuration {
    /// What the server tells its clients, and what it bears from them.
    static var server: Self {
        var configuration = Self()
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: Limits.maximumConcurrentStreams),
            HTTP2Setting(parameter: .initialWindowSize, value: Limits.streamWindowSizeInBytes),
            HTTP2Setting(parameter: .maxHeaderListSize, value: Limits.maximumHeaderListSizeInBytes),
        ]
        configuration.connection.targetWindowSize = Limits.connectionWindowSizeInBytes
        configuration.connection.maximumRecentlyResetStreams = Limits.maximumConcurrentStreams
        configuration.connection.maximumBufferedControlFrames = Limits.maximumWaitingControlFrames
        configuration.connection.controlFrameRateLimit.maximumCount = Limits.maximumControlFramesPerHalfMinute
        configuration.connection.controlFrameRateLimit.windowLength = .seconds(30)
        configuration.stream.targetWindowSize = Limits.streamWindowSizeInBytes
        configuration.stream.outboundBufferSizeHighWatermark = 256 << 10
        configuration.stream.outboundBufferSizeLowWatermark = 64 << 10
        configuration.stream.streamResetFrameRateLimit.maximumCount = Limits.maximumStreamResetsPerHalfMinute
        configuration.stream.streamResetFrameRateLimit.windowLength = .seconds(30)
        configuration.stream.streamErrorRateLimit.maximumCount = Limits.maximumStreamResetsPerHalfMinute
        configuration.stream.streamErrorRateLimit.windowLength = .seconds(30)
        return configuration
    }
}
