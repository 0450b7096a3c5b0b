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
        spanID(behind: opening(in: run, isFinal: isFinal), in: run, isFinal: isFinal)
    }

    /// The same, `opening` already made: all steps of a run have one.
    func spanID(behind opening: SHA256Block, in run: RunID, isFinal: Bool) -> SpanID {
        var block = opening
        append(to: &block)
        if let digest = block.digest() { return SpanPath.spanID(digest) }
        var hash = SHA256()
        hash.update(bigEndian: run.high)
        hash.update(bigEndian: run.low)
        hash.update(text(isFinal: isFinal))
        return SpanPath.spanID(hash.digest())
    }

    /// The run id's bytes and the beginning of the path: `step/`, `finally/` or `run`.
    func opening(in run: RunID, isFinal: Bool) -> SHA256Block {
        var block = SHA256Block()
        block.append(bigEndian: run.high)
        block.append(bigEndian: run.low)
        let tree: StaticString = isFinal ? "finally" : step == nil ? "run" : "step"
        block.append(tree)
        if step != nil { block.append("/" as StaticString) }
        return block
    }

    private static func spanID(_ digest: SHA256Digest) -> SpanID {
        let first = digest.leading(0)
        return SpanID(first != 0 ? first : digest.leading(1))
    }

    /// The bytes of `text` behind its beginning, without making it.
    private func append(to block: inout SHA256Block) {
        switch self {
        case .run: return
        case .step(let step): block.append(step)
        case .wait(let step, let number): SpanPath.append(to: &block, step, "/wait/", number)
        case .attempt(let attempt):
            switch attempt.part {
            case .main: SpanPath.append(to: &block, attempt.step, "/attempt/", attempt.number)
            case .condition where attempt.number == 1:
                block.append(attempt.step)
                block.append("/if" as StaticString)
            case .condition: SpanPath.append(to: &block, attempt.step, "/if/", attempt.number)
            case .compensation:
                SpanPath.append(to: &block, attempt.step, "/compensate/attempt/", attempt.number)
            }
        }
    }

    private static func append(
        to block: inout SHA256Block,
        _ step: String,
        _ kind: StaticString,
        _ number: Int
    ) {
        block.append(step)
        block.append(kind)
        if number == 1 { block.append("1" as StaticString) } else { block.append(String(number)) }
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
