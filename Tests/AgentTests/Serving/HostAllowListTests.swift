import Testing

@testable import Agent
@testable import Transport

struct HostAllowListTests {
    private let hosts = HostAllowList(
        listening: ["192.168.7.9:9347", "[2001:db8::7]:80", "unix:/run/weir.sock"].compactMap {
            SocketAddress($0)
        }
    )

    @Test(arguments: [
        "localhost", "localhost:9347", "LocalHost", "localhost.", "localhost.:80", "localhost:",
        "127.0.0.1", "127.0.0.1:9347", "127.0.0.1:1", "127.255.255.254", "127.0.0.1.",
        "[::1]", "[::1]:9347", "[0:0:0:0:0:0:0:1]", "192.168.7.9", "192.168.7.9:1",
        "[2001:db8::7]", "[2001:DB8:0::7]:9347",
    ])
    func `what is ours, whatever its port and case`(host: String) {
        #expect(hosts.allows(host))
    }

    @Test(arguments: [
        "", ":", ":80", ".", "evil.example", "evil.example:9347", "localhost.evil.example",
        "evil.localhost", "localhost..", "localhost:80:80", "localhost:x", "127.0.0.1.evil.example",
        "127.0.0.1:80@evil.example", "127.1", "0x7f.1", "2130706433", "126.0.0.1", "128.0.0.1",
        "192.168.7.8", "0.0.0.0", "::1", "[::1", "::1]", "[::2]", "[::1].", "[::1]x", "[::1]:80x",
        "[127.0.0.1]", "[localhost]", "[]", "[2001:db8::8]", "[fe80::1%25lo]",
    ])
    func `what is not`(host: String) {
        #expect(!hosts.allows(host))
    }

    private func request(
        _ headers: HTTPFields,
        target: String = "/metrics",
        channel: HTTPRequest.Channel = .internet
    ) throws -> HTTPRequest {
        var request = HTTPRequest(
            method: .get,
            target: try #require(HTTPTarget(target.utf8)),
            headers: headers
        )
        request.channel = channel
        return request
    }

    @Test func `a socket in the file system may be called anything, and HTTP/1.0 nothing`() throws {
        let stranger: HTTPFields = ["Host": "evil.example"]
        let refusal = try #require(hosts.refusal(of: try request(stranger)))
        #expect(refusal.status == 421)
        #expect(refusal.closesConnection)
        #expect(hosts.refusal(of: try request(stranger, channel: .unix)) == nil)
        #expect(hosts.refusal(of: try request([:])) == nil)
    }

    @Test func `an absolute target and the field must both be ours`() throws {
        let own: HTTPFields = ["Host": "localhost"]
        let absolute = "http://evil.example/metrics"
        #expect(hosts.refusal(of: try request(own, target: absolute))?.status == 421)
        let other: HTTPFields = ["Host": "evil.example"]
        #expect(hosts.refusal(of: try request(other, target: "http://[::1]/"))?.status == 421)
        #expect(hosts.refusal(of: try request(own, target: "http://[::1]/")) == nil)
    }
}
