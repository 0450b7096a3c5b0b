import Agent
import Glibc
import Journal
import Pipeline
import TestSupport
import Testing

/// A bench whose state has a file system of its own, of 4 MiB, which nobody outside sees: what is
/// to happen there is told by files outside, and so is what came of it.
extension WeirBench {
    /// What every script begins with: the disk, which is filled once `filling` is there.
    static let smallDisk = """
        mkdir -p state && mount -t tmpfs -o size=4m,mode=700 none state || exit 77
        await() { until [ -e "$1" ]; do kill -0 $$ || exit; sleep 0.02; done; }
        fill() { cat /dev/zero > state/filler 2>/dev/null; : > full; }

        """

    /// Steps of which one has succeeded when the disk fills up, and one runs for ever.
    ///
    /// Sixty more wait: a journal has room for a few lines in its last page, on the fullest disk.
    /// `place` is the way from the pipeline's file to the bench's folder.
    func fillingSteps(_ place: String = ".") -> String {
        let note = "cd \(place); echo $WEIR_STEP >> ran"
        let steps = [
            "a: {run: '\(note)'}",
            "long: {run: '\(note); [ -e full ] || exec sleep 4711'}",
            "b: {needs: a, run: '\(note); : > filling; until [ -e full ]; do sleep 0.02; done'}",
        ]
        let small = (1...60).map { "n\($0): {needs: b, run: '\(note)'}" }
        return (steps + small).joined(separator: "\n  ")
    }

    /// A shell of that file system; `$0` in the script is weir.
    func onSmallDisk(_ script: String) -> Subprocess {
        let flags = getuid() == 0 ? ["--mount"] : ["--mount", "--map-root-user"]
        return Subprocess(
            ["unshare"] + flags + ["bash", "-c", Self.smallDisk + script, weirBinary],
            environment: environment,
            directory: folder.path
        )
    }

    /// The events of a journal that was copied out.
    func events(in file: String) throws -> [RunEvent] {
        var reader = try JournalReader(folder.path + "/" + file)
        var events: [RunEvent] = []
        while let line = try reader.next() { events.append(try RunEventCodec.decode(line).event) }
        #expect(reader.report.verdict == .complete, "\(file): \(reader.report.verdict)")
        return events
    }

    /// Steps in the order in which they began, as they told it themselves.
    var ran: [String] { (folder.read("ran") ?? "").split(separator: "\n").map(String.init) }

    /// What the journal of an interrupted run has to say, and what its steps did.
    ///
    /// - Returns: Steps that have succeeded.
    func expectInterruption(_ events: [RunEvent]) throws -> Set<String> {
        var (open, good): (Set<AttemptRef>, Set<String>) = ([], [])
        var interrupted: [String] = []
        for event in events {
            switch event {
            case .attemptStarted(let attempt): open.insert(attempt)
            case .attemptFinished(let attempt, let end):
                open.remove(attempt)
                if end.outcome == .success { good.insert(attempt.step) }
                if end.outcome.reason == .journal { interrupted.append(attempt.step) }
            case .runFinished: Issue.record("the run has an end")
            default: continue
            }
        }
        #expect(open.isEmpty, "nothing is in flight")
        #expect(interrupted.contains("long"), "\(interrupted)")
        #expect(good.isSuperset(of: ["a", "b"]))
        // More than what the journal's last page has left: only the reserve has room for it.
        #expect(events.contains(.stepReady(step: "n60", after: "b")))
        #expect(good.count < 40, "the run was interrupted")
        return good
    }

    /// Nothing whose success was in the journal has run twice, and nothing is missing.
    func expectOnce(_ good: Set<String>) {
        let counts = Dictionary(grouping: ran) { $0 }.mapValues(\.count)
        for step in good { #expect(counts[step] == 1, "\(step)") }
        #expect(counts.count == 63)
        #expect(counts["long"] == 2)
    }

    func isRunning(_ command: String) -> Bool {
        Subprocess(["/usr/bin/pgrep", "-xf", command], environment: [:])
            .wait(atMost: .seconds(10)) == 0
    }
}
