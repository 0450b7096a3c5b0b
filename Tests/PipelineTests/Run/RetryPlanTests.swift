import Pipeline
import TestSupport
import Testing

/// Which steps of a run stand in a retry of it.
struct RetryPlanTests {
    /// A diamond's lower half, a step that is alone, and a handler.
    private let plan = makePlan([
        makeStep("a"), makeStep("b", needs: [0]), makeStep("c"),
        makeStep("d", needs: [1, 2]), makeStep("e"),
        makeStep("f", needs: [1], when: .failure),
    ])

    /// `g` good, `s` skipped, `l` lost, `x` anything else; in the steps' order.
    private func standings(_ text: String) -> [RetryPlan.Standing] {
        text.map { letter in
            switch letter {
            case "g": .good
            case "s": .skipped
            case "l": .lost("/gone")
            case "c": .changed
            default: .bad("it failed")
            }
        }
    }

    /// `=` reuse, `>` run, `-` left out.
    private func verdicts(_ text: String, _ scope: RetryPlan.Scope) throws -> String {
        let retry = try RetryPlan(plan, standings(text), scope)
        let letters = retry.verdicts.map { verdict in
            switch verdict {
            case .reuse: "="
            case .run: ">"
            case .leaveOut: "-"
            }
        }
        return letters.joined()
    }

    @Test(arguments: [
        // What failed and all that needs it; a handler that did not have to run is asked again.
        ("gxgsgg", "=>=>=>"), ("ggxsgs", "==>>=>"), ("xggggg", ">>=>=>"), ("ggggxg", "====>="),
        // A folder that is gone is done again, with all that needs it.
        ("glgggg", "=>=>=>"), ("gglggs", "==>>=>"),
        ("xxxxxx", ">>>>>>"),
    ])
    func `a retry runs what did not end well and all that needs it`(
        before: String,
        expected: String
    ) throws {
        #expect(try verdicts(before, .unfinished) == expected)
    }

    @Test(arguments: ["gggggg", "gggggs", "ggsssg"])
    func `where all ended well there is nothing to retry`(before: String) {
        #expect(throws: RetryFault.nothingToRun) { try verdicts(before, .unfinished) }
    }

    @Test(arguments: [
        ("gggggs", "b", "=>=>=>"), ("gxgsgs", "b", "=>=>=>"), ("gggggs", "e", "====>>"),
        // Whatever became of the step itself and of what follows it.
        ("lxgxgx", "a", ">>=>=>"), ("cgggcg", "a", nil), ("cggggg", "a", ">>=>=>"),
    ])
    func `from a step on runs that step and all that follows`(
        before: String,
        step: String,
        expected: String?
    ) throws {
        guard let expected else {
            #expect(throws: RetryFault.notReusable(step: "e", .changed)) {
                try verdicts(before, .from(step))
            }
            return
        }
        #expect(try verdicts(before, .from(step)) == expected)
    }

    @Test func `what would have to stand and does not is named`() {
        #expect(throws: RetryFault.notReusable(step: "c", .bad("it failed"))) {
            try verdicts("ggxggs", .from("b"))
        }
        #expect(throws: RetryFault.notReusable(step: "c", .lost("/gone"))) {
            try verdicts("gglggs", .from("b"))
        }
        #expect(throws: RetryFault.notReusable(step: "b", .skipped)) {
            try verdicts("gsgggg", .only("d"))
        }
        #expect(throws: RetryFault.noSuchStep("bb", near: "b")) {
            try verdicts("gggggg", .from("bb"))
        }
        #expect(throws: RetryFault.onlyAfterFailure(step: "f")) {
            try verdicts("gggggs", .only("f"))
        }
        let fault = RetryFault.notReusable(step: "c", .lost("/gone"))
        #expect(fault.description.contains("`c` cannot be reused: its folder /gone is gone"))
    }

    @Test func `what has begun is not reused, whatever a journal says`() throws {
        let source = LinkedRun(run: RunID(high: 1, low: 1), trace: TraceID(high: 1, low: 1))
        let late = RunEvent.stepReused(step: "a", ReusedStep(from: source))
        var machine = RunMachine(plan: plan, run: makeStart().run, workers: 1)
        func replay(_ number: UInt64, _ event: RunEvent) throws(ReplayFault) {
            let at = Timestamp(nanoseconds: 1)
            try machine.replay(RecordedEvent(sequence: number, at: at, event: event))
        }
        try replay(1, .runStarted(makeStart()))
        try replay(2, late)
        try replay(3, .outputReused(step: "a", key: "k", value: "v"))
        try replay(4, .stepReady(step: "a", after: nil))
        // What a cache has may come until the step's own work begins.
        try replay(5, late)
        try replay(6, .attemptStarted(AttemptRef(step: "a", number: 1)))
        #expect(throws: ReplayFault.self) { try replay(7, late) }
    }

    @Test func `a step alone needs its needs and no more`() throws {
        #expect(try verdicts("xggxxx", .only("d")) == "-==>--")
        #expect(try verdicts("xxxxxx", .only("e")) == "---->-")
    }
}
