import Pipeline

/// Maps instants to cells of equal length.
struct TimeScale: Sendable {
    private let start: Timestamp
    private let total: Double
    let cells: Int

    init(from start: Timestamp, to end: Timestamp, cells: Int) {
        self.start = start
        total = max((end - start).seconds, 1e-9)
        self.cells = max(1, cells)
    }

    /// The cells that an interval touches: at least one, so that nothing short vanishes.
    func range(_ from: Timestamp, _ to: Timestamp) -> ClosedRange<Int> {
        let first = min(cells - 1, Int(position(from)))
        // A cell that is only touched at its left edge is not covered.
        let end = position(to)
        let last = Double(Int(end)) < end ? Int(end) : Int(end) - 1
        return first...min(cells - 1, max(first, last))
    }

    private func position(_ instant: Timestamp) -> Double {
        let ratio = (instant - start).seconds / total
        return min(1, max(0, ratio)) * Double(cells)
    }
}

/// One step's bar, cell by cell.
struct WaterfallBar: Sendable {
    /// What happened in a cell's time; where several things did, the greatest is shown.
    enum Cell: Int, Sendable, Comparable {
        case blank
        case waiting
        case ran
        case running
        case failed

        static func < (left: Cell, right: Cell) -> Bool { left.rawValue < right.rawValue }

        var unicode: String {
            switch self {
            case .blank: " "
            case .waiting: "·"
            case .ran: "█"
            case .running: "▓"
            case .failed: "▒"
            }
        }

        var ascii: String {
            switch self {
            case .blank: " "
            case .waiting: "."
            case .ran: "="
            case .running: ">"
            case .failed: "x"
            }
        }

        func role(isCritical: Bool) -> Role {
            switch self {
            case .blank: .plain
            case .waiting: .dim
            case .ran: isCritical ? .strong : .good
            case .running: .accent
            case .failed: .bad
            }
        }
    }

    private(set) var cells: [Cell]

    init(_ step: StepSnapshot, _ scale: TimeScale, until now: Timestamp) {
        cells = Array(repeating: .blank, count: scale.cells)
        guard let readyAt = step.readyAt else { return }
        let end = step.endedAt ?? now
        mark(scale.range(readyAt, end), .waiting)
        for attempt in step.attempts {
            let range = scale.range(attempt.startedAt, attempt.endedAt ?? now)
            mark(range, WaterfallBar.cell(attempt))
        }
    }

    /// Equal cells in a row, with their number.
    var runs: [(Cell, Int)] {
        var runs: [(Cell, Int)] = []
        for cell in cells {
            if let last = runs.last, last.0 == cell {
                runs[runs.count - 1].1 += 1
            } else {
                runs.append((cell, 1))
            }
        }
        return runs
    }

    private mutating func mark(_ range: ClosedRange<Int>, _ cell: Cell) {
        for position in range { cells[position] = max(cells[position], cell) }
    }

    private static func cell(_ attempt: AttemptSnapshot) -> Cell {
        guard let outcome = attempt.outcome else { return .running }
        switch outcome.result {
        // A condition that says no has not failed.
        case .success, .skip: return .ran
        case .failure, .error, .timeout, .cancellation: return .failed
        }
    }
}
