package import Pipeline

/// A span that has begun and not ended: what a fold knows of it so far.
package struct OpenSpan: Sendable, Hashable {
    package var path: SpanPath
    /// What it will be called.
    package var name: String
    package var run: RunID
    package var traceID: TraceID
    package var spanID: SpanID
    package var parentID: SpanID?
    package var start: Timestamp
    /// Of an attempt that has a process.
    package var pid: Int32?
}

/// The names of spans: low in number, since backends group by them.
enum SpanName {
    static func run(_ pipeline: String) -> String { "RUN \(pipeline)" }
    static func wait(_ blocker: String) -> String { "wait \(blocker)" }

    static func attempt(_ attempt: AttemptRef) -> String {
        switch attempt.part {
        case .main: main(attempt.number)
        case .condition: "if"
        case .compensation: "compensate \(attempt.step)"
        }
    }

    /// Nearly all attempts are among the first few.
    private static func main(_ number: Int) -> String {
        switch number {
        case 1: "attempt 1"
        case 2: "attempt 2"
        default: "attempt \(number)"
        }
    }
}
