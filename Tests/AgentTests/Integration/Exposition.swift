/// A text of format 0.0.4, read as far as tests ask: not a parser, which is what Prometheus is for.
struct Exposition {
    var types: [String: String] = [:]
    var helps: [String: String] = [:]
    /// Name and labels as they stand in the text, in order.
    var series: [Substring] = []
    private var values: [Substring: Double] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# TYPE "), words.count == 4 {
                types[words[2]] = words[3]
            } else if line.hasPrefix("# HELP "), words.count == 4 {
                helps[words[2]] = words[3]
            } else if let space = line.lastIndex(of: " ") {
                series.append(line[..<space])
                values[line[..<space]] = Double(line[line.index(after: space)...])
            }
        }
    }

    /// The sample of a series, its name and labels as they stand in the text.
    func value(_ series: String) -> Double? { values[Substring(series)] }

    /// Of all series of a metric that have a label's pair.
    func sum(_ metric: String, where pair: String) -> Double {
        values.filter { $0.key.hasPrefix(metric + "{") && $0.key.contains(pair) }.values
            .reduce(0, +)
    }

    /// Series with more than one sample; promtool lets them pass.
    var repeated: [Substring] {
        Dictionary(grouping: series) { $0 }.filter { $0.value.count > 1 }.map(\.key).sorted()
    }
}
