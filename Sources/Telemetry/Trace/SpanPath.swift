package import Pipeline

/// The place of a span in its run; with the run's id it decides the span's id.
///
/// Ids are derived and never drawn, so that whoever folds a run's events, whenever and wherever,
/// sends the same span under the same id.
package enum SpanPath: Hashable, Sendable {
    case run
    case step(String)
    /// An attempt of the step's main part, or of its condition.
    case attempt(AttemptRef)
    /// The step's `number`th wait for something with a name, from 1.
    case wait(step: String, number: Int)

    /// The step whose span it is; `nil`: the run's own.
    var step: String? {
        switch self {
        case .run: nil
        case .step(let step), .wait(let step, _): step
        case .attempt(let attempt): attempt.step
        }
    }

    package var text: String {
        switch self {
        case .run: "run"
        case .step(let step): "step/\(step)"
        case .attempt(let attempt): SpanPath.text(of: attempt)
        case .wait(let step, let number): "step/\(step)/wait/\(number)"
        }
    }

    /// As design §1 writes it; a step of `finally` has a tree of its own.
    package func text(isFinal: Bool) -> String {
        isFinal ? "finally" + text.dropFirst("step".count) : text
    }

    /// The first eight bytes of SHA-256 over the run id's bytes and the path; the next eight if
    /// those are zero, which W3C Trace Context forbids for a span id.
    ///
    /// - Parameters:
    ///   - run: Whose span it is.
    ///   - isFinal: Whether the step stands in `finally`.
    /// - Returns: The id; never zero.
    package func spanID(in run: RunID, isFinal: Bool = false) -> SpanID {
        var hash = SHA256()
        hash.update(bigEndian: run.high)
        hash.update(bigEndian: run.low)
        if isFinal { hash.update(text(isFinal: true)) } else { feed(&hash) }
        let digest = hash.digest()
        let first = digest.leading(0)
        return SpanID(first != 0 ? first : digest.leading(1))
    }

    /// The bytes of `text`, without making it.
    private func feed(_ hash: inout SHA256) {
        switch self {
        case .run: hash.update("run")
        case .step(let step): SpanPath.feed(&hash, step)
        case .wait(let step, let number): SpanPath.feed(&hash, step, "/wait/", number)
        case .attempt(let attempt):
            switch attempt.part {
            case .main: SpanPath.feed(&hash, attempt.step, "/attempt/", attempt.number)
            case .condition where attempt.number == 1:
                SpanPath.feed(&hash, attempt.step)
                hash.update("/if")
            case .condition: SpanPath.feed(&hash, attempt.step, "/if/", attempt.number)
            case .compensation:
                SpanPath.feed(&hash, attempt.step, "/compensate/attempt/", attempt.number)
            }
        }
    }

    private static func feed(_ hash: inout SHA256, _ step: String) {
        hash.update("step/")
        hash.update(step)
    }

    private static func feed(
        _ hash: inout SHA256,
        _ step: String,
        _ kind: String,
        _ number: Int
    ) {
        feed(&hash, step)
        hash.update(kind)
        hash.update(number == 1 ? "1" : String(number))
    }

    /// A condition is asked once; only a crash in the middle makes it be asked again, and then the
    /// number keeps the two apart.
    private static func text(of attempt: AttemptRef) -> String {
        switch attempt.part {
        case .main: "step/\(attempt.step)/attempt/\(attempt.number)"
        case .condition where attempt.number == 1: "step/\(attempt.step)/if"
        case .condition: "step/\(attempt.step)/if/\(attempt.number)"
        case .compensation: "step/\(attempt.step)/compensate/attempt/\(attempt.number)"
        }
    }
}
