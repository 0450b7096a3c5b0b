package import Pipeline

/// The part of `weir plan` that rests on earlier runs.
package enum EstimateText {
    /// Without line ends.
    ///
    /// - Parameters:
    ///   - estimate: `nil`: no run tells anything.
    ///   - plan: What it is of.
    ///   - style: Where it is shown.
    /// - Returns: The estimate, or what is needed for one.
    package static func lines(
        _ estimate: PlanEstimate?,
        of plan: Plan,
        style: TerminalStyle
    ) -> [String] {
        guard let estimate else {
            let name = VisibleText.clean(plan.name)
            let words = "no estimate: no run of \(name) is remembered in which a step did its work"
            return [StyledLine(words, .dim).rendered(style)]
        }
        var lines = [StyledLine("estimate", .accent)]
        lines[0].add("  from \(HumanText.count(estimate.runs, "run")), if all goes well")
        var head = StyledLine("  workers", .dim)
        for (title, column) in [("takes", 11), ("idle", 22), ("saved", 33)] {
            head.pad(to: column)
            head.add(title, .dim)
        }
        lines.append(head)
        for row in estimate.rows { lines.append(line(row, estimate)) }
        if let knee = estimate.knee {
            lines.append(StyledLine("  \(advice(knee, estimate))"))
        }
        if !estimate.missing.isEmpty {
            let shown = estimate.missing.prefix(5).joined(separator: ", ")
            let left = estimate.missing.count - 5
            let more = left > 0 ? " and \(left) more" : ""
            let words = "  at least: no run is known in which \(shown)\(more) did the work"
            lines.append(StyledLine(VisibleText.clean(words), .warning))
        }
        return lines.map { $0.rendered(style) }
    }

    private static func line(_ row: RunEstimate, _ estimate: PlanEstimate) -> StyledLine {
        let isKnee = row.workers == estimate.knee
        var line = StyledLine("  \(row.workers)", isKnee ? .strong : .plain)
        line.pad(to: 11)
        let least = estimate.missing.isEmpty ? "" : ">="
        line.add(least + HumanText.duration(row.duration))
        line.pad(to: 22)
        // What the steps that nobody knows do is not idling.
        line.add(estimate.missing.isEmpty ? HumanText.duration(row.idle) : "")
        line.pad(to: 33)
        line.add(HumanText.duration(estimate.saved(row)))
        return line
    }

    /// What one more than enough would cost and save.
    private static func advice(_ knee: Int, _ estimate: PlanEstimate) -> String {
        let workers = HumanText.count(knee, "worker")
        guard let enough = estimate.rows.first(where: { $0.workers == knee }),
            let most = estimate.rows.last, most.workers > knee
        else { return "\(workers): as many as can be busy at once" }
        let saved = HumanText.duration(max(.zero, enough.duration - most.duration))
        let idle = HumanText.duration(max(.zero, most.idle - enough.idle))
        let more = most.workers - knee
        return "\(workers) will do: \(more) more would save \(saved) and idle for \(idle)"
    }
}

extension PlanEstimate {
    /// The member `estimate` of a plan's JSON.
    func write(_ json: inout JSONWriter) {
        json.key("estimate")
        json.beginObject()
        json.member("runs", runs)
        json.key("complete")
        json.boolean(missing.isEmpty)
        json.member("enough_workers", knee)
        if !missing.isEmpty {
            json.key("missing")
            json.beginArray()
            for step in missing { json.string(step) }
            json.endArray()
        }
        json.key("workers")
        json.beginArray()
        for row in rows {
            json.beginObject()
            json.member("workers", row.workers)
            json.member("duration_seconds", row.duration)
            json.member("idle_seconds", row.idle)
            json.member("saved_seconds", saved(row))
            json.endObject()
        }
        json.endArray()
        json.endObject()
    }
}
