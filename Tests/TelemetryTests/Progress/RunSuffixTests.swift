import Pipeline
import Telemetry
import Testing

struct RunSuffixTests {
    private let run = RunID(high: 0x019a_5f3c_2b1e_4d7f, low: 0x8a9b_0c1d_2e3f_4a5b)

    @Test func `four digits name a run that is alone`() {
        #expect(RunSuffix(of: [run]).text(of: run) == "4a5b")
        #expect(RunSuffix(of: [], among: [run]).digits == 4)
    }

    @Test(
        arguments: [
            // Ends as it does.
            (RunID(high: 1, low: 0x4a5b), 6),
            (RunID(high: 1, low: 0x1d2e_3f4a_5b), 12),
            // Begins as it ends: both are references.
            (RunID(high: 0x4a5b_0000_0000_0000, low: 1), 6),
            (RunID(high: 1, low: 0x8a9b_0c1d_2e3f_4a5b), 32),
            (RunID(high: 1, low: 2), 4),
        ]
    )
    func `as many digits are shown as no other run answers to`(other: RunID, digits: Int) {
        let suffix = RunSuffix(of: [run], among: [other, run])
        #expect(suffix.digits == digits)
        #expect(suffix.text(of: run) == String(run.description.suffix(digits)))
    }
}
