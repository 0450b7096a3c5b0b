import Pipeline

extension Waterfall {
    /// How the width is shared out: mark, name, bar, figures.
    struct Columns: Sendable {
        let name: Int
        let bar: Int
        let figures: [Figure]

        /// Two for the mark, two around the sign of the critical path.
        var barStart: Int { 2 + name + 3 }

        init(_ rows: [StepSnapshot], usual: [String: Duration], total: Int) {
            let names = rows.map { VisibleText.width(VisibleText.clean($0.name)) }
            name = min(max(4, names.max() ?? 4), max(8, total / 4))
            var figures: [Figure] = [.took]
            if total >= 66, rows.contains(where: { usual[$0.name] != nil }) {
                figures.append(.usual)
            }
            if total >= 60 { figures.append(.cpu) }
            if total >= 72 { figures.append(.peak) }
            if total >= 80, rows.contains(where: { $0.attemptCount > 1 }) { figures.append(.tries) }
            self.figures = figures
            let taken = 2 + name + 3 + figures.map(\.width).reduce(0, +)
            bar = max(8, total - taken)
        }
    }

    /// A number at the end of each row.
    enum Figure: Sendable {
        case took
        /// What the step usually takes once it has a worker.
        case usual
        case cpu
        case peak
        case tries

        var title: String {
            switch self {
            case .took: "took"
            case .usual: "usually"
            case .cpu: "cpu"
            case .peak: "peak"
            case .tries: "tries"
            }
        }

        var width: Int {
            switch self {
            case .took, .cpu: 8
            case .usual: 9
            case .peak: 10
            case .tries: 7
            }
        }

        func text(_ step: StepSnapshot, usual: Duration?, _ now: Timestamp) -> String {
            switch self {
            case .took:
                step.readyAt.map { HumanText.duration((step.endedAt ?? now) - $0) } ?? ""
            case .usual: usual.map { HumanText.duration($0) } ?? ""
            case .cpu: step.usage.measured == 0 ? "" : HumanText.duration(step.usage.cpu)
            case .peak: peak(step.usage)
            case .tries: step.attemptCount > 1 ? "\(step.attemptCount)" : ""
            }
        }

        /// Below the floor the kernel tells nothing but that (design §4, accounting).
        private func peak(_ usage: UsageTotals) -> String {
            if let peak = usage.peakMemory { return HumanText.bytes(peak) }
            guard usage.peakMemoryFloor > 0 else { return "" }
            return "<=\((usage.peakMemoryFloor - 1) >> 20 + 1) MiB"
        }
    }
}
