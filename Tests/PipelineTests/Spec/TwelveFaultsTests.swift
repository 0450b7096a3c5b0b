import Pipeline
import Testing

/// One file with twelve different faults: all are listed, each with its place, the line, a caret
/// and what to do.
struct TwelveFaultsTests {
    private static let file = """
        name: Daily Reports
        labelz: {team: data}
        timeout: 90
        workers: many
        defaults: &common
          retry: {attempts: 3}
        steps:
          collect:
            run: find docs > list
            retry: {attempts: -1}
          fetch:
            needs: [colect]
            exec: [curl, "https://reports.example/${params.date}.csv"]
            run: curl https://reports.example
          index:
            needs: publish
            run: head -n ${params.words} list
          publish:
            needs: index
            when: always
            needs: collect
        params:
          date: {type: date}
          words: {default: 20}

        """

    private static let golden = """
        weir.yaml:1:7: error: `Daily Reports` cannot name a pipeline
            1 | name: Daily Reports
              |       ^
        help: use lower-case letters, digits and `-`, beginning with no `-`, at most 63

        weir.yaml:2:1: error: unknown key `labelz` in the pipeline
            2 | labelz: {team: data}
              | ^
        help: did you mean `labels`?

        weir.yaml:3:10: error: `90` has no unit
            3 | timeout: 90
              |          ^
        help: write `90s` for seconds, or `90m` for minutes

        weir.yaml:4:10: error: expected an integer from 1 to 10000, found the text `many`
            4 | workers: many
              |          ^
        help: write an integer from 1 to 10000

        weir.yaml:5:11: error: anchors are not allowed: `&common`
            5 | defaults: &common
              |           ^
        help: write the value out, or quote the text if the sign belongs to it

        weir.yaml:10:23: error: -1 is not between 1 and 1000000
           10 |     retry: {attempts: -1}
              |                       ^
        help: write a number from 1 on

        weir.yaml:12:13: error: there is no step `colect`
           12 |     needs: [colect]
              |             ^
        help: did you mean `collect`?

        weir.yaml:14:5: error: a step has one kind: `run` stands beside `exec`
           14 |     run: curl https://reports.example
              |     ^
        help: make two steps of it

        weir.yaml:16:12: error: these steps wait for each other: index → publish → index
           16 |     needs: publish
              |            ^
        help: each needs the next: remove one of these needs

        weir.yaml:17:18: error: `${params.words}` is not replaced in a script: a value must not become code
           17 |     run: head -n ${params.words} list
              |                  ^
        help: write `$WEIR_PARAM_WORDS`, in double quotes

        weir.yaml:18:3: error: the step `publish` does nothing: it has no kind
           18 |   publish:
              |   ^
        help: add `run: …` for a script, or `exec: […]` for a program

        weir.yaml:21:5: error: the key `needs` is given twice; it stands in line 19 already
           21 |     needs: collect
              |     ^
        help: remove one of the two

        """

    @Test func `lists twelve faults of one file at once`() {
        let reading = PipelineReader.read(Array(Self.file.utf8), file: "weir.yaml")
        #expect(reading.plan == nil)
        #expect(reading.diagnostics.count == 12)
        #expect(reading.diagnostics.allSatisfy { $0.advice != nil })
        #expect(reading.rendered == Self.golden)
    }
}
