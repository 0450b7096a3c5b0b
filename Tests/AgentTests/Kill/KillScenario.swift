import Pipeline

/// What is run while it is killed, and what must have come of it.
///
/// Its steps watch over themselves: each holds a lock while it runs, so that an attempt which
/// overlaps another finds it taken, and each looks into the journal for its own success.
struct KillScenario: Sendable {
    let pipeline: String
    let exitCode: Int32
    /// Steps whose own command succeeds.
    let succeeding: Set<String>
    /// What is wrong with the list of all events.
    let fault: @Sendable ([RunEvent]) -> String?

    private static func watch(_ lock: String, _ finished: String) -> String {
        """
        exec 9>>"$KILL_LOG/\(lock).lock"
        flock -n 9 || echo "overlap $WEIR_STEP $WEIR_ATTEMPT" >> "$KILL_LOG/faults"
        grep -q "\(finished)" \
        "$KILL_STATE/runs/$WEIR_RUN_ID/journal.jsonl" \
        && echo "late $WEIR_STEP $WEIR_ATTEMPT" >> "$KILL_LOG/faults"
        echo "start $WEIR_STEP $WEIR_ATTEMPT" >> "$KILL_LOG/log"

        """
    }

    /// A script that watches over itself, as a block scalar below a key.
    static func script(_ text: String, lock: String = "$WEIR_STEP") -> String {
        let done = #"attempt_finished\",\"step\":\"$WEIR_STEP\",\"attempt.*result\":\"success"#
        let all =
            watch(lock, done) + text
            + "\necho \"end $WEIR_STEP $WEIR_ATTEMPT\" >> \"$KILL_LOG/log\""
        return block(all)
    }

    private static func undo(_ text: String) -> String {
        let done = #"compensation_finished\",\"step\":\"$WEIR_STEP\",\"result\":\"success"#
        return block(watch("$WEIR_STEP", done) + text)
    }

    private static func block(_ text: String) -> String {
        text.split(separator: "\n").map { "          " + $0 }.joined(separator: "\n")
    }

    /// A diamond with a condition, outputs, a retry and a process that is left behind.
    static let diamond = KillScenario(
        pipeline: """
            name: killed
            workers: 2
            steps:
              first:
                run: |
            \(script("echo 'n=7' >> \"$WEIR_OUTPUT\""))
              left:
                needs: first
                run: |
            \(script("sleep 30 &\nsleep 0.03\n[ \"$WEIR_OUT_FIRST__N\" = 7 ]"))
              right:
                needs: first
                retry: {attempts: 2, backoff: 5ms..10ms}
                run: |
            \(script("[ -e \"$KILL_LOG/tried\" ] || { touch \"$KILL_LOG/tried\"; exit 75; }"))
              last:
                needs: [left, right]
                if: test -d "$KILL_LOG"
                run: |
            \(script("sleep 0.02"))

            """,
        exitCode: 0,
        succeeding: ["first", "left", "right", "last"],
        fault: { _ in nil }
    )

    /// A pool of one, a rate limit, a breaker that opens once, and a failure that undoes it all.
    static let repair = KillScenario(
        pipeline: """
            name: repaired
            workers: 3
            recoveries: 10
            pools: {one: 1}
            rate_limits: {spread: {rate: 50/s}}
            breakers: {site: {failures: 1, within: 1m, open_for: 30ms}}
            steps:
              first:
                run: |
            \(script("sleep 0.01"))
                compensate:
                  run: |
            \(undo("[ -e \"$KILL_LOG/undone\" ] || { touch \"$KILL_LOG/undone\"; exit 75; }"))
                  retry: {attempts: 2, backoff: 5ms..10ms}
              left:
                needs: first
                pool: one
                run: |
            \(script("sleep 0.02", lock: "pool"))
                compensate:
                  run: |
            \(undo("sleep 0.02"))
              right:
                needs: first
                pool: one
                rate_limit: spread
                run: |
            \(script("sleep 0.02", lock: "pool"))
                compensate:
                  run: |
            \(undo("sleep 0.01"))
              guarded:
                needs: first
                breaker: site
                rate_limit: spread
                retry: {attempts: 2, backoff: 5ms..10ms}
                run: |
            \(script("[ -e \"$KILL_LOG/tried\" ] || { touch \"$KILL_LOG/tried\"; exit 75; }"))
              bad:
                needs: [left, right, guarded]
                run: exit 4
            finally:
              bye:
                run: |
            \(script("[ \"$WEIR_RUN_RESULT\" = failure ]"))

            """,
        exitCode: 1,
        succeeding: ["first", "left", "right", "guarded", "bye"],
        fault: faultOfRepair
    )

    private static func faultOfRepair(_ events: [RunEvent]) -> String? {
        var done: [String] = []
        var undone: [String] = []
        for event in events {
            switch event {
            case .stepFinished(let step, let end) where end.outcome == .success:
                if ["first", "left", "right"].contains(step) { done.append(step) }
                if step == "bye", undone.count < 3 { return "bye ran before all was undone" }
            case .compensationFinished(let step, let end):
                guard end.outcome == .success else { return "\(step) is not undone: \(end)" }
                undone.append(step)
            default: continue
            }
        }
        return undone == done.reversed() ? nil : "done \(done), undone \(undone)"
    }
}
