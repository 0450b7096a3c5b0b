import Pipeline
import Synchronization
import Telemetry
import Transport

/// What steps print, as OTLP logs: on the road of what children send, so that it is on the disk
/// before it goes out, and outlives the collector's absence and this process.
///
/// The engine only encodes a line under a lock that nobody else holds for long; a thread of its own
/// hands over what has gathered, at most `linger` later. What the receiver has no room for is
/// counted there as dropped.
final class OutputLogs: OutputLineSink {
    private let run: RunReception
    private let id: RunID
    private let trace: TraceContext
    private let finalSteps: Set<String>
    private let state: Mutex<State>
    /// Rung when a first line waits, and at the end.
    private let bell: EventDescriptor
    /// Rung at the end only.
    private let ending: EventDescriptor
    private let thread = Mutex<NamedThread?>(nil)

    private struct State {
        var builder: OTLPLogBuilder
        /// Of the attempt that printed last: the next line is mostly its own.
        var last: (attempt: AttemptRef, spanID: SpanID)?
        var at = Timestamp(nanoseconds: 0)
    }

    /// As much of the newest output as a kill may take with it (G4's measure).
    private static let linger = Duration.milliseconds(200)

    /// - Parameters:
    ///   - run: Where bodies are kept.
    ///   - started: Whose lines they are.
    /// - Throws: When the system has no descriptor or thread to give.
    init(_ run: RunReception, _ started: RunStarted) throws(SystemError) {
        guard let bell = EventDescriptor(), let ending = EventDescriptor() else {
            throw SystemError("eventfd")
        }
        self.run = run
        (self.bell, self.ending) = (bell, ending)
        id = started.run
        trace = started.trace
        finalSteps = Set(started.finalSteps)
        state = Mutex(State(builder: OTLPLogBuilder(of: started.resource)))
        let thread = try NamedThread("weir-output") { [weak self, bell, ending] in
            while bell.wait(atMost: nil) {
                bell.clear()
                let isOver = ending.wait(atMost: OutputLogs.linger)
                guard let self else { return }
                self.flush()
                if isOver { return }
            }
        }
        self.thread.withLock { $0 = thread }
    }

    deinit {
        // Whoever has it closes it; the last to let go may be the thread itself.
        ending.signal()
        bell.signal()
        thread.withLock { $0 }?.detach()
    }

    func offer(_ line: OutputLine) {
        let (full, isFirst) = state.withLock { state -> (Full?, Bool) in
            let record = record(of: line, &state)
            let wasEmpty = state.builder.isEmpty
            state.at = line.at
            guard state.builder.add(record) == .full else { return (nil, wasEmpty) }
            let full = take(&state)
            // A record is far smaller than a request may be.
            _ = state.builder.add(record)
            return (full, true)
        }
        if let full { submit(full) }
        if isFirst { bell.signal() }
    }

    /// Hands over what is left, and ends the thread.
    func close() {
        let taken = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        guard let taken else { return }
        ending.signal()
        bell.signal()
        taken.join()
        flush()
    }

    private struct Full {
        var bytes: [UInt8]
        var count: Int
        var at: Timestamp
    }

    private func flush() {
        if let full = state.withLock({ take(&$0) }) { submit(full) }
    }

    private func take(_ state: inout State) -> Full? {
        let count = state.builder.count
        return state.builder.take().map { Full(bytes: $0, count: count, at: state.at) }
    }

    private func submit(_ full: Full) {
        let body = ReceivedBody(
            signal: .logs,
            encoding: .json,
            items: full.count,
            attempt: nil,
            at: full.at,
            bytes: full.bytes
        )
        run.submit(body) { _ in }
    }

    private func record(of line: OutputLine, _ state: inout State) -> OTLPLogRecord {
        let spanID: SpanID
        if let last = state.last, last.attempt == line.attempt {
            spanID = last.spanID
        } else {
            let isFinal = finalSteps.contains(line.attempt.step)
            spanID = SpanPath.attempt(line.attempt).spanID(in: id, isFinal: isFinal)
            state.last = (line.attempt, spanID)
        }
        return OTLPLogRecord(
            run: id,
            attempt: line.attempt,
            stream: line.stream,
            at: line.at,
            observedAt: line.at,
            body: line.text,
            isPartial: line.isPartial,
            trace: trace,
            spanID: spanID
        )
    }
}
