import Agent
import Glibc
import Pipeline
import Synchronization
import Telemetry
import Transport

/// Shows a run while it goes, on a thread of its own: a terminal that blocks holds up nobody.
final class ProgressPrinter: Sendable {
    private let folded: Mutex<Folded>
    private let thread: NamedThread

    private struct Folded {
        var snapshot: RunSnapshot
        var dropped = 0
    }

    private final class Shared: Sendable {
        let folded: Mutex<Folded>

        init(_ snapshot: RunSnapshot) {
            folded = Mutex(Folded(snapshot: snapshot))
        }
    }

    private let shared: Shared

    /// - Throws: When the system has no thread to give.
    init(
        _ mode: ProgressMode,
        _ setting: Setting,
        _ events: Subscription,
        plan: Plan
    )
        throws
    {
        let shared = Shared(RunSnapshot(plan: plan))
        self.shared = shared
        folded = Mutex(Folded(snapshot: RunSnapshot()))
        let style = setting.style(of: 1)
        let rows = Console.size(of: 1)?.rows ?? 24
        let offset = setting.utcOffset
        thread = try NamedThread("weir-progress") {
            var face = ProgressFace(mode, style: style, rows: rows, utcOffset: offset)
            var batch: Subscription.Batch
            repeat {
                batch = events.next(waitingAtMost: face.interval)
                for notice in batch.notices { Console.error("weir: \(notice)") }
                let text = shared.folded.withLock { folded in
                    folded.dropped += batch.dropped
                    return face.text(for: batch, folding: &folded.snapshot)
                }
                if !text.isEmpty { Console.write(text, to: 1) }
            } while !batch.isLast
        }
    }

    /// Waits until all is shown.
    ///
    /// - Parameter folder: Read when events were dropped on the way here.
    /// - Returns: The run as its events tell it.
    /// - Throws: `StateError` when the journal had to be read and could not be.
    func finish(folder: RunFolder) throws -> RunSnapshot {
        thread.join()
        let (snapshot, dropped) = shared.folded.withLock { ($0.snapshot, $0.dropped) }
        guard dropped == 0 else {
            Console.error("weir: \(dropped) progress events were not shown: the terminal was slow")
            return try folder.snapshot()
        }
        return snapshot
    }
}

/// Turns batches of events into what one mode prints.
private struct ProgressFace {
    let mode: ProgressMode
    private let bars: LiveBars
    private var screen = LiveScreen()
    private var plain: PlainLines
    private var feed = ProgressFeed()
    private var lastLines: [String: String] = [:]

    init(_ mode: ProgressMode, style: TerminalStyle, rows: Int, utcOffset: Int) {
        self.mode = mode
        bars = LiveBars(style: style, rows: rows)
        plain = PlainLines(utcOffset: utcOffset)
    }

    /// How long to wait for the next thing: bars move by themselves.
    var interval: Duration? { mode == .bar ? .milliseconds(100) : nil }

    mutating func text(for batch: Subscription.Batch, folding run: inout RunSnapshot) -> String {
        var lines: [String] = []
        for event in batch.events {
            _ = run.apply(event)
            switch mode {
            case .plain: if let line = plain.line(for: event) { lines.append(line) }
            case .json: if let message = feed.message(for: event) { lines.append(message.json) }
            case .bar, .none: break
            }
        }
        if mode != .bar { return lines.map { $0 + "\n" }.joined() }
        for (attempt, line) in batch.lastLines { lastLines[attempt.step] = line }
        if batch.isLast { return screen.clear() }
        return screen.draw(bars.frame(run, at: RunClock.wallNow, output: lastLines))
    }
}
