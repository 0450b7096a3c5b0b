import Glibc
import Pipeline
import TestSupport
import Testing
import Transport

@testable import Agent

/// Runs that go while somebody looks at them.
@Suite(.timeLimit(.minutes(10)))
struct VanishingRunTests {
    let bench = RetentionFixture()

    @Test func `a run that is gone is no such run, whatever is asked of it`() throws {
        let run = try bench.make(1)
        #expect(!run.isGone)
        #expect(try bench.collect().deleted.count == 1)
        #expect(run.isGone)
        let gone = StateError.noSuchRun(
            reference: run.id.description,
            lookedIn: bench.state.runsPath
        )
        #expect(throws: gone) { try run.summary() }
        #expect(throws: gone) { try run.snapshot() }
        #expect(throws: gone) { try run.events { _ in } }
        #expect(throws: gone) { try run.takeUp { _ in } }
        #expect(run.facts() == nil)
    }

    @Test func `lists know only runs that are there, while all of them are deleted`() throws {
        for second in 1...60 { try bench.make(Int64(second)) }
        let deleter = try NamedThread("deleter") { [bench] in _ = try? bench.collect() }
        var looks = 0
        while true {
            let runs = try bench.state.runs()
            for run in runs {
                if case .failure(let error) = run.summary { Issue.record("\(error)") }
                if case .unreadable(let why)? = run.folder.facts()?.state { Issue.record("\(why)") }
            }
            looks += 1
            if runs.isEmpty { break }
        }
        deleter.join()
        #expect(looks > 1)
    }
}
