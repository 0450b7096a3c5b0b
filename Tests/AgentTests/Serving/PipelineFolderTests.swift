import Agent
import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

struct PipelineFolderTests {
    let folder = TemporaryDirectory()

    private func write(_ text: String, to name: String) throws {
        let file = try #require(fopen(folder.path + "/" + name, "w"))
        defer { fclose(file) }
        try #require(fputs(text, file) >= 0)
    }

    @Test func `a bad file is reported with its place, and the rest serve`() throws {
        try write("name: one\nsteps: {a: {run: 'true'}}\n", to: "one.yaml")
        try write("name: two\nsteps: {a: {rum: 'true'}}\n", to: "two.yml")
        try write(#"{"name": "three", "steps": {"a": {"exec": ["true"]}}}"#, to: "three.json")
        try write("not a pipeline", to: "notes.txt")
        try write("name: hidden\nsteps: {a: {run: 'true'}}\n", to: ".hidden.yaml")
        let loaded = try PipelineFolder(folder.path)
        #expect(loaded.names == ["one", "three"])
        #expect(loaded.faults.map(\.file) == [folder.path + "/two.yml"])
        #expect(loaded.faults[0].text.contains("two.yml:2:"))
        #expect(loaded.faults[0].text.contains("did you mean `run`"))
        #expect(loaded.pipelines["one"]?.file == folder.path + "/one.yaml")
    }

    @Test func `two files of one name: the first serves, the second is told which`() throws {
        try write("name: same\nsteps: {a: {run: 'true'}}\n", to: "a.yaml")
        try write("name: same\nsteps: {b: {run: 'true'}}\n", to: "b.yaml")
        let loaded = try PipelineFolder(folder.path)
        #expect(loaded.pipelines["same"]?.plan.steps.map(\.name) == ["a"])
        #expect(loaded.faults.map(\.file) == [folder.path + "/b.yaml"])
        #expect(loaded.faults[0].text.contains(folder.path + "/a.yaml"))
    }

    @Test(.timeLimit(.minutes(10)))
    func `what is no file, cannot be read or is too large keeps nobody waiting`() throws {
        try #require(mkfifo(folder.path + "/pipe.yaml", 0o600) == 0)
        try #require(mkdir(folder.path + "/folder.yaml", 0o700) == 0)
        try #require(symlink("/nonexistent", folder.path + "/gone.yaml") == 0)
        try write(String(repeating: "# x\n", count: Limits.specBytes / 4 + 1), to: "large.yaml")
        try write("name: good\nsteps: {a: {run: 'true'}}\n", to: "good.yaml")
        let loaded = try PipelineFolder(folder.path)
        #expect(loaded.names == ["good"])
        #expect(loaded.faults.count == 4)
        #expect(loaded.faults.allSatisfy { !$0.text.isEmpty })
    }

    @Test func `a folder that is not there is an error with its name`() {
        let error = #expect(throws: SystemError.self) { try PipelineFolder("/nonexistent") }
        #expect(error?.description.contains("/nonexistent") == true)
    }

    @Test func `a request resolves parameters, and says what is wrong with them`() throws {
        try write(
            "name: p\nparams: {n: {type: integer, minimum: 1}}\nsteps: {a: {run: 'true'}}\n",
            to: "p.yaml"
        )
        let pipeline = try #require(try PipelineFolder(folder.path).pipelines["p"])
        var request = pipeline.request(trigger: "api", outputs: "/outputs")
        let id = RunID(high: 1, low: 2)
        let at = Timestamp(nanoseconds: 0)
        #expect(throws: RunRequest.Refusal.self) {
            try request.newRun(id, scheduledAt: at, environment: [:])
        }
        request.params = [("n", "3")]
        let run = try request.newRun(id, scheduledAt: at, environment: [:])
        #expect(run.params.map(\.value) == ["3"])
        #expect(run.document.trigger == "api")
        #expect(run.document.directory == folder.path)
        request.params = [("n", "0")]
        let refusal = #expect(throws: RunRequest.Refusal.self) {
            try request.newRun(id, scheduledAt: at, environment: [:])
        }
        #expect(refusal?.description.contains("n") == true)
    }
}

struct AgentTokenTests {
    let fixture = StateFixture()

    @Test func `a token is made once, for its owner alone, and found again`() throws {
        try fixture.state.prepare()
        #expect(try AgentToken.read(fixture.state) == nil)
        let token = try AgentToken(in: fixture.state)
        #expect(token.text.count == 64)
        #expect(try AgentToken(in: fixture.state).text == token.text)
        #expect(try AgentToken.read(fixture.state) == token.text)
        var status = stat()
        try #require(stat(fixture.state.tokenPath, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(token.matches(token.text.utf8))
        #expect(!token.matches(String(token.text.dropLast()).utf8))
        #expect(!token.matches("".utf8))
        #expect(!token.matches(String(repeating: "0", count: 64).utf8))
    }

    @Test func `a token that others may read, or that is none, is refused`() throws {
        try fixture.state.prepare()
        _ = try AgentToken(in: fixture.state)
        try #require(chmod(fixture.state.tokenPath, 0o644) == 0)
        #expect(throws: StateError.self) { try AgentToken(in: fixture.state) }
        try #require(chmod(fixture.state.tokenPath, 0o600) == 0)
        try #require(truncate(fixture.state.tokenPath, 10) == 0)
        #expect(throws: StateError.self) { try AgentToken(in: fixture.state) }
    }

    @Test func `one agent serves a folder, and a second is told whose it is`() throws {
        try fixture.state.prepare()
        let lock = try fixture.state.takeAgentLock()
        let path = fixture.state.agentLockPath
        #expect(throws: StateError.locked(path: path, pid: getpid())) {
            try fixture.state.takeAgentLock()
        }
        withExtendedLifetime(lock) {}
    }
}
