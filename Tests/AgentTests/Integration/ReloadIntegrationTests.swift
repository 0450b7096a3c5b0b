import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// Pipeline files that change while an agent of the built binary serves them.
@Suite(.timeLimit(.minutes(5)))
struct ReloadIntegrationTests {
    let bench = WeirBench()

    private func served(_ url: String) async throws -> [String] {
        let list = try JSONValue(parsing: try await bench.get("\(url)/api/v1/pipelines").body)
        return list.array?.compactMap { $0["name"]?.string } ?? []
    }

    private func isReloadGood(_ url: String) async throws -> Bool {
        let text = try await bench.text("\(url)/metrics")
        return Exposition(text).value("weir_config_last_reload_successful") == 1
    }

    @Test func `files that come, change and go are seen without a word`() async throws {
        bench.offer("one", "a: {run: 'true'}")
        let (agent, url) = try bench.serve()
        bench.offer("two", "a: {run: 'true'}")
        while try await served(url) != ["one", "two"] {}
        // As an editor or a deployment does it.
        bench.folder.write("pipelines/.new", "name: two\nsteps: {b: {run: 'true'}}\n")
        rename(bench.folder.path + "/pipelines/.new", bench.folder.path + "/pipelines/two.yaml")
        while !(try await bench.text("\(url)/api/v1/pipelines/two").contains(#""name":"b""#)) {}
        unlink(bench.folder.path + "/pipelines/one.yaml")
        while try await served(url) != ["two"] {}
        let text = try await bench.text("\(url)/metrics")
        #expect(Exposition(text).value(#"weir_pipeline_info{pipeline="one"}"#) == nil)
        #expect(Exposition(text).value(#"weir_pipeline_info{pipeline="two"}"#) == 1)
        bench.end(agent)
    }

    @Test func `a bad file leaves what it said before, and says so`() async throws {
        bench.offer("one", "a: {run: 'echo first'}")
        let (agent, url) = try bench.serve()
        #expect(try await isReloadGood(url))
        bench.folder.write("pipelines/one.yaml", "name: one\nsteps: {a: {rum: 'echo second'}}\n")
        while try await isReloadGood(url) {}
        #expect(try await served(url) == ["one"])
        let run = try bench.startPipeline("one")
        #expect(try await bench.waitForEnd(of: run, url)["result"]?.string == "success")
        #expect(bench.weir("logs", run).out.contains("first"))
        let stamp = "weir_config_last_reload_success_timestamp_seconds"
        let before = try #require(Exposition(try await bench.text("\(url)/metrics")).value(stamp))
        // Nobody writes to it, and whoever opens it waits.
        unlink(bench.folder.path + "/pipelines/one.yaml")
        mkfifo(bench.folder.path + "/pipelines/one.yaml", 0o600)
        agent.signal(SIGHUP)
        while !agent.err.contains("not regular") {
            try #require(agent.wait(atMost: .milliseconds(5)) == nil)
        }
        #expect(try await served(url) == ["one"])
        unlink(bench.folder.path + "/pipelines/one.yaml")
        bench.offer("one", "a: {run: 'echo third'}")
        while !(try await isReloadGood(url)) {}
        let after = try #require(Exposition(try await bench.text("\(url)/metrics")).value(stamp))
        #expect(after >= before)
        #expect(agent.err.contains("pipeline keeps its former definition"))
        bench.end(agent)
    }

    @Test func `a link that is exchanged is seen, as a mounted ConfigMap changes`() async throws {
        let path = bench.folder.path
        for name in ["v1", "v2"] {
            mkdir("\(path)/pipelines", 0o700)
            mkdir("\(path)/pipelines/..\(name)", 0o700)
            bench.folder.write(
                "pipelines/..\(name)/p.yaml",
                "name: \(name)\nsteps: {a: {run: x}}\n"
            )
        }
        symlink("..v1", "\(path)/pipelines/..data")
        symlink("..data/p.yaml", "\(path)/pipelines/p.yaml")
        let (agent, url) = try bench.serve()
        #expect(try await served(url) == ["v1"])
        symlink("..v2", "\(path)/pipelines/..tmp")
        rename("\(path)/pipelines/..tmp", "\(path)/pipelines/..data")
        while try await served(url) != ["v2"] {}
        bench.end(agent)
    }

    @Test func `SIGHUP sees a folder that took another's place, and ends nothing`() async throws {
        bench.offer("one", "a: {run: 'true'}")
        let path = bench.folder.path
        let (agent, url) = try bench.serve()
        rename("\(path)/pipelines", "\(path)/old")
        bench.offer("two", "a: {run: 'true'}")
        agent.signal(SIGHUP)
        while try await served(url) != ["two"] {}
        bench.end(agent)
    }

    @Test func `a schedule that is edited begins by its new words`() async throws {
        bench.offer("tick", "a: {run: 'echo x >> marks'}\nschedule: {every: 1d}")
        let (agent, _) = try bench.serve()
        bench.offer("tick", "a: {run: 'echo x >> marks'}\nschedule: {every: 1s}")
        _ = try bench.waitForMarks(1, agent)
        bench.end(agent)
        let journal = bench.folder.read("state/agent/journal.jsonl") ?? ""
        #expect(
            journal.contains(#""type":"schedule_retired","pipeline":"tick","schedule":"every 1d""#)
        )
    }

    @Test func `a pool that is made larger lets in who waits`() async throws {
        let step = "run: 'echo x >> marks; until [ -e go ]; do sleep 0.01; done', pool: few"
        bench.offer("busy", "a: {\(step)}\n  b: {\(step)}\npools: {few: 1}\nworkers: 2")
        let (agent, url) = try bench.serve()
        let run = try bench.startPipeline("busy")
        _ = try bench.waitForMarks(1, agent)
        bench.offer("busy", "a: {\(step)}\n  b: {\(step)}\npools: {few: 2}\nworkers: 2")
        _ = try bench.waitForMarks(2, agent)
        bench.folder.write("pipelines/go", "")
        #expect(try await bench.waitForEnd(of: run, url)["result"]?.string == "success")
        bench.end(agent)
    }
}
