import Pipeline

/// What spans are of: those of one class are counted together.
package struct SpanClass: Hashable, Sendable, Comparable {
    /// In the order in which a page lists them.
    package enum Part: Int, Sendable, CaseIterable {
        case run
        case step
        case condition
        case attempt
        case wait
        case compensation

        package var name: String {
            switch self {
            case .run: "run"
            case .step: "step"
            case .condition: "if"
            case .attempt: "attempt"
            case .wait: "wait"
            case .compensation: "compensate"
            }
        }
    }

    package var pipeline: String
    /// `nil` for the run's own span.
    package var step: String?
    package var part: Part

    package init(pipeline: String, step: String?, part: Part) {
        self.pipeline = pipeline
        self.step = step
        self.part = part
    }

    /// The class of a span at this place of a run.
    package init(pipeline: String, _ path: SpanPath) {
        let part: Part =
            switch path {
            case .run: .run
            case .step: .step
            case .wait: .wait
            case .attempt(let attempt):
                switch attempt.part {
                case .main: .attempt
                case .condition: .condition
                case .compensation: .compensation
                }
            }
        self.init(pipeline: pipeline, step: path.step, part: part)
    }

    package static func < (left: SpanClass, right: SpanClass) -> Bool {
        (left.pipeline, left.step ?? "", left.part.rawValue)
            < (right.pipeline, right.step ?? "", right.part.rawValue)
    }
}
