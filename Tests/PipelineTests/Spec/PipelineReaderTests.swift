import Pipeline
import Testing

struct PipelineReaderTests {
    static let wholeFile = """
        name: daily-reports
        description: Count and index the day's documents
        params:
          date: {type: date, default: "${run.scheduled_date}"}
          words: {type: integer, default: 20, minimum: 1}
        secrets: [REPORT_TOKEN]
        env: {LC_ALL: C.UTF-8}
        timeout: 2h
        workers: 4
        failure: continue
        defaults:
          timeout: 10m
          retry: {attempts: 3, backoff: 1s..30s, exit_codes: [75]}
        steps:
          collect:
            run: |
              find docs -name '*.txt' | sort > "$WEIR_DIR/list"
              echo "count=$(wc -l < "$WEIR_DIR/list")" >> "$WEIR_OUTPUT"
          fetch:
            exec: [curl, -o, report.csv, "https://reports.example/${params.date}.csv"]
            env: {TOKEN: "${secrets.REPORT_TOKEN}"}
            secrets: REPORT_TOKEN
            allow_failure: true
            retry: {attempts: 1}
          index:
            needs: [collect, fetch]
            if: test -s "$WEIR_DIR_COLLECT/list"
            workdir: /srv/${steps.collect.outputs.count}
            run: sort "$WEIR_DIR_COLLECT"/*.txt
          tell:
            needs: index
            when: always
            run: 'echo "$WEIR_RUN_ID"'
        """

    @Test func `reads a whole file into a plan`() throws {
        let reading = PipelineReader.read(Array(Self.wholeFile.utf8), file: "x/weir.yaml")
        #expect(reading.rendered == "")
        let plan = try #require(reading.plan)
        #expect(plan.name == "daily-reports")
        #expect(plan.workers == 4)
        #expect(plan.failure == .continue)
        #expect(plan.timeout == .seconds(7200))
        #expect(plan.secrets == ["REPORT_TOKEN"])
        #expect(plan.steps.map(\.name) == ["collect", "fetch", "index", "tell"])
        #expect(plan.steps.map(\.needs) == [[], [], [0, 1], [2]])
        #expect(plan.steps.map(\.hasDirectory) == [true, false, false, false])
        #expect(plan.steps.map(\.retry.attempts) == [3, 1, 3, 3])
        #expect(plan.steps[1].retry.exitCodes == [])
        #expect(plan.waves == [[0, 1], [2], [3]])
        let url = Template(parts: [
            .text("https://reports.example/"), .reference(.param("date")), .text(".csv"),
        ])
        #expect(
            plan.steps[1].action
                == .exec(["curl", "-o", "report.csv"].map { Template(text: $0) } + [url])
        )
    }

    @Test func `reads JSON by the same rules`() throws {
        let text = """
            {
            \t"name": "load",
            \t"steps": {
            \t\t"a": {"run": "echo \\"\\u00e9\\ud83d\\ude00\\"\\n"},
            \t\t"b": {"exec": ["x", 5], "needs": ["a"]}
            \t}
            }
            """
        let reading = PipelineReader.read(Array(text.utf8), file: "load.json")
        #expect(reading.rendered == "")
        let plan = try #require(reading.plan)
        #expect(plan.steps[0].action == .script("echo \"é😀\"\n"))
        #expect(plan.steps[1].needs == [0])
    }
}
