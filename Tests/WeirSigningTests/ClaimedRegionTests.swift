import Testing
import WeirSigning

@Suite struct ClaimedRegionTests {
    @Test(
        arguments: [
            (
                "AWS4-HMAC-SHA256 Credential=test/20260228/eu-central-1/kinesis/aws4_request, SignedHeaders=host, Signature=0",
                "eu-central-1"
            ),
            ("AWS4-HMAC-SHA256 Credential=a/b/us-east-1/d", "us-east-1"),
            ("Credential=a/b/local/", "local"),
            ("AWS4-HMAC-SHA256 Credential=a/b/us-east-1, SignedHeaders=a/b", nil),
            ("Credential=a/b/../c", nil), ("Credential=a/b/US/c", nil), ("Credential=a/b//c", nil),
            ("Credential=", nil),
            ("Basic dGVzdDp0ZXN0", nil), ("", nil),
        ] as [(String, String?)]
    )
    func ofAHeader(text: String, region: String?) {
        #expect(SignatureClaim.claimedRegion(authorization: text, query: "") == region)
    }

    @Test(
        arguments: [
            ("X-Amz-Credential=a%2F20260228%2Feu-west-1%2Fkinesis%2Faws4_request&X-Amz-Date=1", "eu-west-1"),
            ("x=1", nil), ("X-Amz-Credential", nil), ("", nil),
        ] as [(String, String?)]
    )
    func ofAQuery(query: String, region: String?) {
        #expect(SignatureClaim.claimedRegion(authorization: nil, query: query) == region)
    }
}
