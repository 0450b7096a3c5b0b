import Pipeline
import Telemetry
import TestSupport

extension MetricRegistry {
    var text: String {
        var bytes: [UInt8] = []
        render(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The samples whose line begins so, without the lines about metrics and the registry itself.
    func samples(_ start: String) -> [String] {
        text.split(separator: "\n").map(String.init).filter { $0.hasPrefix(start) }
    }

    /// The value of one sample, as text.
    func value(_ sample: String) -> String? {
        samples(sample + " ").first.map { String($0.dropFirst(sample.utf8.count + 1)) }
    }
}

/// A fold with its registry, fed from scripts.
struct MeteredScripts {
    let registry = MetricRegistry()
    var fold: MetricFold

    init() {
        fold = MetricFold(registry)
    }

    mutating func apply(_ script: RunScript, of run: RunID = RunScript.run) {
        apply(script.events, of: run)
    }

    mutating func apply(_ events: [RecordedEvent], of run: RunID = RunScript.run) {
        for event in events { fold.apply(event, of: run) }
    }

    func value(_ sample: String) -> String? { registry.value(sample) }
}

extension RunID {
    static func numbered(_ number: UInt64) -> RunID { RunID(high: 1, low: number) }
}
