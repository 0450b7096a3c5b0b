import Telemetry
import Testing

struct MetricCatalogTests {
    @Test func `names every metric once`() {
        let names = MetricCatalog.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.count == 59)
    }

    @Test(arguments: MetricCatalog.all)
    func `follows the naming rules`(metric: MetricDefinition) {
        let name = metric.name
        #expect(name.hasPrefix("weir_") || name.hasPrefix("process_"))
        #expect(name.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) })
        #expect((metric.kind == .counter) == name.hasSuffix("_total"))
        #expect(metric.help.hasSuffix(".") && !metric.help.contains("|"))
        #expect((metric.kind == .histogram) == (metric.buckets != nil))
        let base = name.hasSuffix("_total") ? String(name.dropLast(6)) : name
        #expect(metric.unit == .none || base.hasSuffix("_" + metric.unit.rawValue))
        for label in metric.labels {
            #expect(!["run", "le", "quantile", "job", "instance"].contains(label.name))
        }
    }

    @Test func `is listed on one page`() {
        let lines = MetricReference.markdown.split(separator: "\n")
        #expect(lines.count == MetricCatalog.all.count + 2)
        #expect(
            lines.contains(
                """
                | `weir_step_cpu_seconds_total` | counter | seconds | `pipeline`; `step`; \
                `mode` (`user`, `system`) | Processor time of a step's attempts and what they \
                started. |
                """
            )
        )
        #expect(lines.allSatisfy { $0.split(separator: "|").count == 5 })
    }
}
