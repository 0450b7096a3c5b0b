import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// Repeating finished runs on an agent of the built binary.
@Suite(.timeLimit(.minutes(10)))
struct RetryAgentIntegrationTests {
    let bench = WeirBench()

    @Test func `an agent repeats a run, once for each key`() async throws {
        bench.offer(
            "fix",
            "{a: {run: 'echo a >> ran'}, b: {needs: a, run: 'echo b >> ran; [ -e go ]'}}"
        )
        let (agent, url) = try bench.serve()
        let first = try bench.startPipeline("fix")
        let failed = try await bench.waitForEnd(of: first, url)
        #expect(failed["result"]?.string == "failure")
        let path = "\(url)/api/v1/runs/\(first)/retry"
        for (body, status) in [
            (#"{"form": "a"}"#, 400), (#"{"from": 3}"#, 400), (#"{"from": "c"}"#, 409),
            ("[]", 400), (#"{"only": "a", "from": "b"}"#, 400),
        ] {
            #expect(try await bench.post(path, body, []).status == status, "\(body)")
        }
        #expect(try await bench.get(path).status == 405)
        #expect(try await bench.post("\(url)/api/v1/runs/nobody/retry", "", []).status == 404)
        bench.folder.write("pipelines/go", "")
        let key = [CurlRequest.Header("Idempotency-Key", "\"k\"")]
        let answer = try await bench.post(path, "", key)
        #expect(answer.status == 202, "\(bench.text(answer))")
        let again = try await bench.post(path, "", key)
        #expect(again.body == answer.body)
        #expect(try await bench.post(path, #"{"from": "a"}"#, key).status == 422)
        let run = try #require(try JSONValue(parsing: answer.body)["run"]?.string)
        let ended = try await bench.waitForEnd(of: run, url)
        #expect(ended["result"]?.string == "success")
        #expect(ended["retry_of"]?.string == first)
        #expect(bench.folder.read("pipelines/ran") == "a\nb\nb\n")
        bench.end(agent)
    }

    @Test func `weir retry asks the agent it is told of`() async throws {
        bench.offer("fix", "{a: {run: 'echo a >> ran'}, b: {needs: a, run: 'echo b >> ran'}}")
        let (agent, url) = try bench.serve()
        let first = try bench.startPipeline("fix")
        _ = try await bench.waitForEnd(of: first, url)
        let refused = bench.weir("retry", first, "--agent", url)
        #expect(refused.code == 2)
        #expect(refused.err.contains("nothing to run again"))
        let asked = bench.weir("retry", first, "--from", "b", "--agent", url, "--json")
        #expect(asked.code == 0, "\(asked.err)")
        let answer = try JSONValue(parsing: Array(asked.out.utf8))
        let run = try #require(answer["run"]?.string)
        let ended = try await bench.waitForEnd(of: run, url)
        #expect(ended["trigger"]?.string == "api")
        #expect(ended["retry_of"]?.string == first)
        #expect(bench.folder.read("pipelines/ran") == "a\nb\nb\n")
        bench.end(agent)
        let keyed = bench.weir("retry", first, "--idempotency-key", "k")
        #expect(keyed.code == 2 && keyed.err.contains("--agent"))
    }
}
