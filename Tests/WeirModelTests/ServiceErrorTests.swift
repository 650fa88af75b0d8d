import Testing
import WeirModel

@Suite struct ServiceErrorTests {
    @Test(arguments: [
        (ServiceError.Code.internalFailure, true, 500), (.serviceUnavailable, true, 503), (.throttling, true, 400),
        (.provisionedThroughputExceeded, true, 400), (.timeout, true, 400), (.connectionFailure, true, 400),
        (.validation, false, 400), (.resourceNotFound, false, 400), (.conditionalCheckFailed, false, 400),
        (.expiredIterator, false, 400),
    ])
    func retryAndStatusFollowTheCode(_ code: ServiceError.Code, _ isRetryable: Bool, _ status: Int) {
        let error = ServiceError(code, "text")
        #expect(error.isRetryable == isRetryable)
        #expect(error.httpStatus == status)
        #expect(error.description == "\(code.rawValue): text")
    }
}
