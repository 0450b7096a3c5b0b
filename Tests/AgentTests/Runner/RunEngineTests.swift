import Agent
import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

/// Keeps events in memory; tells when it is asked to.
final class RecordingSink: RunSink {
    var events: [RunEvent] = []
    var requests: [InboxRequest] = []
    var lastLines: [String] = []
    var touches = 0
    /// Called after each event is kept.
    var onEvent: (RunEvent) -> Void = { _ in }

    /// From here on nothing can be written.
    var writeFailure: (any Error)?

    func write(_ events: [RunEvent], at now: Timestamp) throws {
        if let writeFailure { throw writeFailure }
        for event in events {
            self.events.append(event)
            onEvent(event)
        }
    }

    /// What came after the journal took no more.
    var lastEvents: [RunEvent] = []

    func writeLast(_ events: [RunEvent], at now: Timestamp) {
        lastEvents += events
    }

    let alarm: EventDescriptor
    var failure: (any Error)?

    init() throws {
        alarm = try #require(EventDescriptor())
    }

    func checkJournal() throws {
        if let failure { throw failure }
    }

    func touch() {
        touches += 1
    }

    func takeRequests() -> [InboxRequest] {
        defer { requests = [] }
        return requests
    }

    func observe(_ attempt: AttemptRef, lastLine: String) {
        lastLines.append(lastLine)
    }

    func end(of step: String, part: StepPart = .main) -> AttemptEnd? {
        for case .attemptFinished(let attempt, let end) in events.reversed()
        where attempt.step == step && attempt.part == part { return end }
        return nil
    }
}

/// An engine on a plan of its own, in a folder of its own.
struct EngineBench {
    let folder = TemporaryDirectory()
    let sink: RecordingSink
    var secrets: [String: String] = [:]

    init() throws {
        sink = try RecordingSink()
    }

    func run(_ plan: Plan, workers: Int = 4) throws -> RunEnd {
        let start = makeStart(run: RunID(high: .random(in: 1 ... .max), low: 5))
        var machine = RunMachine(plan: plan, run: start.run, workers: workers)
        let clock = RunClock()
        let first = RecordedEvent(sequence: 1, at: clock.now, event: .runStarted(start))
        try machine.replay(first)
        for name in ["logs", "scratch", "inbox"] { mkdir("\(folder.path)/\(name)", 0o700) }
        let engine = try RunEngine(
            machine: machine,
            clock: clock,
            context: RunContext(
                run: start.run,
                startedAt: clock.now,
                scheduledAt: clock.now,
                trace: start.trace,
                directory: folder.path,
                outputs: folder.path + "/outputs",
                scratch: folder.path + "/scratch",
                environment: ["PATH": "/usr/bin:/bin", "LEAK": "seen", "TOKEN": "hunter2hunter2"],
                secrets: secrets,
                children: ChildRegistry(sweeps: false)
            ),
            folder: RunFolder(id: start.run, path: folder.path),
            sink: sink
        )
        return try engine.run(first: .start)
    }
}

/// One after another: each test spawns children and counts them.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RunEngineTests {
    let bench: EngineBench

    init() throws {
        bench = try EngineBench()
    }

    private func script(_ name: String, _ text: String, needs: [Int] = []) -> PlannedStep {
        var step = makeStep(name, needs: needs)
        step.action = .script(text)
        return step
    }

    @Test func `runs a script and accounts for it`() throws {
        let busy = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo hello"
        let end = try bench.run(makePlan([script("a", busy)]))
        #expect(end == RunEnd(.success))
        let usage = try #require(bench.sink.end(of: "a")?.usage)
        #expect(usage.userCPU > .zero)
        #expect(bench.log("a") == "hello\n")
    }

    @Test func `peak memory is a step's own, or left out`() throws {
        let hog = "x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${#x}"
        let plan = makePlan([script("small", "true"), script("hog", hog)])
        // Ours rises to where no small child's figure could be told from it.
        var ballast = [UInt8](repeating: 1, count: 64 << 20)
        ballast[7] = 2
        #expect(try bench.run(plan, workers: 1) == RunEnd(.success))
        let small = try #require(bench.sink.end(of: "small")?.usage)
        #expect(small.peakMemory == nil, "the floor is \(small.peakMemoryFloor)")
        #expect(small.peakMemoryFloor > 1 << 20)
        let large = try #require(bench.sink.end(of: "hog")?.usage)
        #expect(try #require(large.peakMemory) > 250_000_000)
        #expect(ballast[7] == 2)
    }

    @Test func `shows that it lives as soon as an attempt runs`() throws {
        #expect(try bench.run(makePlan([script("a", "sleep 0.1")])) == RunEnd(.success))
        #expect(bench.sink.touches == 1)
    }

    @Test func `ends what runs as soon as the journal is known to be lost`() throws {
        let sink = bench.sink
        sink.onEvent = { event in
            guard case .attemptLaunched = event else { return }
            sink.failure = TestSupportError("lost")
            sink.alarm.signal()
        }
        #expect(throws: TestSupportError.self) {
            try bench.run(makePlan([script("a", "sleep 63")]))
        }
        #expect(runningCommands(matching: ["sleep", "63"]) == 0)
        let end = bench.sink.lastEvents.compactMap { event -> AttemptEnd? in
            if case .attemptFinished(_, let end) = event { end } else { nil }
        }
        #expect(end.map(\.outcome) == [Outcome(.journal)])
        #expect(end.first?.usage != nil)
        #expect(bench.sink.lastEvents.count == 1)
    }

    @Test func `a turn that cannot be written starts nothing, and its facts come last`() throws {
        let sink = bench.sink
        sink.onEvent = { event in
            // Told by itself, since the step takes longer than a short one's start waits.
            guard case .attemptLaunched(let attempt, _, _) = event, attempt.step == "a" else {
                return
            }
            sink.writeFailure = TestSupportError("full")
        }
        #expect(throws: TestSupportError.self) {
            try bench.run(
                makePlan([script("a", "sleep 1"), script("b", "echo b > b", needs: [0])])
            )
        }
        #expect(bench.folder.read("b") == nil)
        let names = sink.lastEvents.map { event -> String in
            switch event {
            case .attemptFinished(_, let end): "attempt \(end.outcome.reason)"
            case .stepFinished(let step, _): "\(step) finished"
            case .stepReady(let step, _): "\(step) ready"
            default: "\(event)"
            }
        }
        #expect(names == ["attempt exit", "a finished", "b ready"])
    }

    @Test func `outputs reach the steps that need them`() throws {
        let plan = makePlan([
            script(
                "first",
                "echo 'n=41' >> $WEIR_OUTPUT; printf 'text<<E\\na\\nb\\nE\\n' >> $WEIR_OUTPUT"
            ),
            script("second", #"echo "$WEIR_OUT_FIRST__N $WEIR_OUT_FIRST__TEXT""#, needs: [0]),
        ])
        #expect(try bench.run(plan) == RunEnd(.success))
        #expect(bench.log("second") == "41 a\nb\n")
    }

    @Test func `outputs that cannot be read fail the step with a reason`() throws {
        let end = try bench.run(makePlan([script("a", "echo nonsense >> $WEIR_OUTPUT")]))
        #expect(end.outcome == Outcome(.outputContract))
        #expect(bench.sink.end(of: "a")?.message?.contains("line 1") == true)
    }

    @Test func `a missing program is named`() throws {
        var step = makeStep("a")
        step.action = .exec([Template(text: "no-such-program-here"), Template(text: "x")])
        let end = try bench.run(makePlan([step]))
        #expect(end.outcome == Outcome(.launch))
        #expect(bench.sink.end(of: "a")?.message?.contains("no-such-program-here") == true)
    }

    @Test func `a failure keeps the exit code and the last lines of stderr`() throws {
        let text = "echo out; for i in $(seq 1 37); do echo line $i >&2; done; exit 2"
        let end = try bench.run(makePlan([script("a", text)]))
        #expect(end == RunEnd(.exit, step: "a"))
        let attempt = try #require(bench.sink.end(of: "a"))
        #expect(attempt.exitCode == 2)
        #expect(attempt.tail?.totalLines == 37)
        #expect(attempt.tail?.lines.last == "line 37")
        #expect(attempt.tail?.lines.count == Limits.tailLines)
    }

    @Test func `a timeout ends the whole group`() throws {
        var step = script("a", "sleep 60 & sleep 60; echo never")
        step.timeout = .milliseconds(200)
        let end = try bench.run(makePlan([step]))
        #expect(end.outcome == Outcome(.timeout))
        #expect(bench.sink.end(of: "a")?.signal == SIGTERM)
    }

    @Test func `what a step leaves in its group does not outlive it`() throws {
        let text = "sleep 61 & sleep 0.1; echo done"
        #expect(try bench.run(makePlan([script("a", text)])) == RunEnd(.success))
        #expect(runningCommands(matching: ["sleep", "61"]) == 0)
    }

    @Test func `a request in the inbox cancels`() throws {
        let folder = bench.folder
        let sink = bench.sink
        sink.onEvent = { event in
            guard case .attemptLaunched = event else { return }
            sink.requests = [.cancel(by: "test", isForced: false)]
            folder.write("cancel", "x")
            rename("\(folder.path)/cancel", "\(folder.path)/inbox/cancel")
        }
        let end = try bench.run(makePlan([script("a", "sleep 60")]))
        #expect(end.outcome == Outcome(.cancel))
    }

    @Test func `a secret is masked however it is written`() throws {
        var bench = bench
        bench.secrets = ["TOKEN": "hunter2hunter2"]
        var step = script(
            "a",
            #"printf 'hunter2'; echo hunter2; echo "n=$TOKEN" >> $WEIR_OUTPUT; echo $TOKEN >&2"#
        )
        step.secrets = ["TOKEN"]
        var plan = makePlan([step, script("b", "echo \"[${TOKEN-unset}] $LEAK\"", needs: [0])])
        plan.secrets = ["TOKEN"]
        #expect(try bench.run(plan) == RunEnd(.success))
        #expect(bench.log("a")?.contains("hunter2") == false)
        #expect(bench.log("b") == "[unset] seen\n")
        #expect(!"\(bench.sink.events)".contains("hunter2"))
    }

    @Test func `a condition decides, with the step's environment`() throws {
        var yes = script("yes", "echo ran")
        yes.condition = #"[ "$WEIR_STEP" = yes ]"#
        var no = script("no", "echo ran")
        no.condition = "exit 1"
        #expect(try bench.run(makePlan([yes, no])) == RunEnd(.success))
        #expect(bench.log("yes") == "ran\n")
        #expect(bench.log("no") == nil)
    }

    @Test func `output that is not UTF-8 is kept as it came and shown repaired`() throws {
        let end = try bench.run(makePlan([script("a", #"printf 'a\xffb\n' >&2; exit 1"#)]))
        #expect(end.outcome == .exit)
        #expect(bench.sink.end(of: "a")?.tail?.lines == ["a\u{FFFD}b"])
    }
}

private func runningCommands(matching words: [String]) -> Int {
    let wanted = words.joined(separator: "\0") + "\0"
    guard let folder = opendir("/proc") else { return -1 }
    defer { closedir(folder) }
    var count = 0
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        guard Int(name) != nil, let file = fopen("/proc/\(name)/cmdline", "r") else { continue }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = fread(&buffer, 1, 256, file)
        if String(decoding: buffer[..<length], as: UTF8.self) == wanted { count += 1 }
    }
    return count
}
