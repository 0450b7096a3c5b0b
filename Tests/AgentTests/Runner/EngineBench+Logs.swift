import Pipeline
import Telemetry
import TestSupport

@testable import Agent

extension EngineBench {
    /// What the first attempt of a step printed, both streams as they came.
    func log(_ step: String) -> String? {
        let run = RunFolder(id: RunID(high: 1, low: 5), path: folder.path)
        let reader = AttemptLogReader(AttemptRef(step: step, number: 1), of: run)
        var bytes: [UInt8] = []
        let style = LogStyle()
        let source = LogSource(
            run: run.id,
            attempt: AttemptRef(step: step, number: 1),
            traceID: TraceID(high: 1, low: 5),
            spanID: SpanID(1)
        )
        _ = reader.read { piece in
            style.append(piece, of: source, to: &bytes)
            return true
        }
        return reader.isThere ? String(decoding: bytes, as: UTF8.self) : nil
    }
}
