/// The page of the documentation that lists the metrics.
package enum MetricReference {
    /// One table, in the catalogue's order.
    package static var markdown: String {
        let head = "| Metric | Type | Unit | Labels | Meaning |\n|---|---|---|---|---|\n"
        return MetricCatalog.all.reduce(into: head) { $0 += row($1) }
    }

    private static func row(_ metric: MetricDefinition) -> String {
        let labels = metric.labels.map { label in
            let values = label.values.map { "`\($0)`" }.joined(separator: ", ")
            return "`\(label.name)`" + (values.isEmpty ? "" : " (\(values))")
        }
        let cells = [
            "`\(metric.name)`", metric.kind.rawValue, metric.unit.rawValue,
            labels.joined(separator: "; "), metric.help,
        ]
        return "| " + cells.map { $0.isEmpty ? "–" : $0 }.joined(separator: " | ") + " |\n"
    }
}
