import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// How the built agent is reached: by key, by address, by name.
@Suite(.timeLimit(.minutes(10)))
struct AgentAccessIntegrationTests {
    let bench = WeirBench()

    @Test func `a key stands for one run, over an end of the agent and a kill -9`() async throws {
        bench.offer("count", "a: {run: 'echo ran >> ../ran'}")
        var (agent, url) = try bench.serve()
        let path = "/api/v1/pipelines/count/runs"
        let key = [CurlRequest.Header("Idempotency-Key", #""order 17""#)]
        let first = try await bench.post(url + path, "{}", key)
        #expect(first.status == 202)
        agent.killHard()
        (agent, url) = try bench.serve()
        #expect(try await bench.post(url + path, "{}", key) == first)
        let run = try bench.startPipeline("count", "--idempotency-key", "order 17")
        #expect(bench.text(first).contains(run))
        _ = try await bench.waitForEnd(of: run, url)
        bench.end(agent)
        (agent, url) = try bench.serve()
        #expect(try await bench.post(url + path, "{}", key) == first)
        let other = bench.weir("start", "count", "--param", "a=b", "--idempotency-key", "order 17")
        #expect(other.err.contains("used for another"))
        #expect(bench.weir("start", "count", "--idempotency-key", "").code == 2)
        #expect(bench.folder.read("ran") == "ran\n")
        bench.end(agent)
    }

    @Test func `an agent is named by an option, a variable, or its state folder`() async throws {
        bench.offer("env", "a: {run: 'env > ../env'}")
        let socket = bench.folder.path + "/own.sock"
        bench.environment["WEIR_AGENT"] = "http://127.0.0.1:1"
        let (agent, url) = try bench.serve("--listen", "unix:\(socket)")
        #expect(bench.weir("start", "env").err.contains("http://127.0.0.1:1: refused"))
        _ = try bench.startPipeline("env", "--agent", url + "/")
        _ = try bench.startPipeline("env", "--agent", "unix:\(socket)")
        bench.environment["WEIR_AGENT"] = "unix:\(socket)"
        let run = try bench.startPipeline("env")
        _ = try await bench.waitForEnd(of: run, url)
        let environment = try #require(bench.folder.read("env"))
        #expect(environment.contains("WEIR_RUN_ID="))
        #expect(!environment.contains("WEIR_AGENT"))
        bench.environment["WEIR_AGENT"] = nil
        _ = try bench.startPipeline("env")

        for wrong in ["https://localhost:1", "localhost:9347", "unix:", "http://u@h", "http://"] {
            let refused = bench.weir("start", "env", "--agent", wrong)
            #expect(refused.code == 2, "\(wrong)")
            #expect(refused.err.contains("http://HOST:PORT or unix:/PATH"))
        }
        bench.environment["WEIR_STATE_DIR"] = bench.folder.path + "/other"
        let stranger = bench.weir("start", "env", "--agent", url)
        #expect(stranger.err.contains("wants a token"))
        mkdir(bench.folder.path + "/other", 0o700)
        bench.folder.write("other/token", String(repeating: "0", count: 64))
        chmod(bench.folder.path + "/other/token", 0o600)
        #expect(bench.weir("start", "env", "--agent", url).err.contains("refuses the token"))
        let nobody = bench.weir("start", "env")
        #expect(nobody.code == 3)
        #expect(nobody.err.contains("other/agent.sock: no such file"))
        #expect(nobody.err.contains("unix:/run/weir/weir.sock"))
        bench.end(agent)
    }

    @Test func `what answers and is no agent is named as such`() throws {
        let server = try HTTPServer(listen: [try #require(SocketAddress("127.0.0.1:0"))]) { _ in
            .now(.text("hello"))
        }
        defer { server.stop(within: .zero) }
        let refused = bench.weir("start", "a", "--agent", "http://\(server.addresses[0])")
        #expect(refused.err.contains("no weir agent (status 200)"))
    }

    @Test func `a name that only leads here is answered with 421, and the agent goes on`()
        async throws
    {
        let (agent, url) = try bench.serve()
        let port = try #require(url.split(separator: ":").last.flatMap { UInt16($0) })
        func exchange(_ head: String) throws -> String {
            let connection = try HTTPTestClient(port: port)
            connection.send(head + "\r\n\r\n")
            return try #require(connection.rest())
        }
        // It stays open for nobody: what follows on the connection is not answered.
        let twice = "GET /healthz HTTP/1.1\r\nHost: evil.example:\(port)\r\n\r\n"
        let refused = try exchange(twice + "GET /healthz HTTP/1.1\r\nHost: localhost")
        #expect(refused.hasPrefix("HTTP/1.1 421 Misdirected Request\r\n"))
        #expect(refused.contains("Connection: close\r\n"))
        #expect(refused.contains("application/problem+json"))
        #expect(refused.contains("`evil.example:\(port)`"))
        #expect(refused.components("HTTP/1.1 ") == 1)
        let metrics = try exchange("GET /metrics HTTP/1.1\r\nHost: evil.example")
        #expect(metrics.hasPrefix("HTTP/1.1 421 "))
        #expect(try exchange("GET /metrics HTTP/1.1").hasPrefix("HTTP/1.1 400 "))
        let absolute = "GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost"
        #expect(try exchange(absolute).hasPrefix("HTTP/1.1 421 "))
        for good in ["localhost:1", "LOCALHOST.", "127.1.2.3", "[::1]:80"] {
            let answer = try exchange(
                "GET /healthz HTTP/1.1\r\nHost: \(good)\r\nConnection: close"
            )
            #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(good)")
        }
        #expect(try await bench.get("\(url)/healthz").status == 200)
        bench.end(agent)
    }
}

extension String {
    fileprivate func components(_ mark: String) -> Int { ranges(of: mark).count }
}
