import Pipeline

/// Reads and plans a file of 100,000 steps, nearly as large as a file may be.
///
/// Prints one line, `SECONDS`: processor time of this thread, from the text to the plan.
enum PlanningRow {
    static func measure() {
        var text = "steps:\n"
        for step in 0..<100_000 {
            let needs = step == 0 ? "" : "needs: s\(step - 1 - step % 7 / 2), "
            text += "  s\(step): {\(needs)run: x}\n"
        }
        let bytes = Array(text.utf8)
        let start = BenchClock.thread
        let reading = PipelineReader.read(bytes, file: "bench.yaml")
        let seconds = Double(BenchClock.thread - start) / 1e9
        precondition(reading.plan?.steps.count == 100_000, reading.rendered)
        print(seconds)
    }
}
