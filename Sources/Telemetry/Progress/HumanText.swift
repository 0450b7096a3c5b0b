import Pipeline

/// Numbers as people read them.
package enum HumanText {
    /// A measured duration: `350ms`, `2.4s`, `4m12s`; nothing and less than nothing is `0s`.
    package static func duration(_ duration: Duration) -> String {
        duration > .zero ? DurationText.human(duration) : "0s"
    }

    /// For displays that are redrawn all the time: whole seconds, so that nothing flickers.
    static func ticking(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        return seconds < 60 ? "\(seconds)s" : DurationText.human(.seconds(seconds))
    }

    /// `512 B`, `1.4 MiB`: binary units, as `size` values in specs.
    package static func bytes(_ count: Int64) -> String {
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        guard count >= 1_024 else { return "\(max(0, count)) B" }
        var divisor: Int64 = 1_024
        var unit = 0
        while count / divisor >= 1_024, unit < units.count - 1 {
            divisor *= 1_024
            unit += 1
        }
        let whole = count / divisor
        let tenth = count % divisor / (divisor / 10)
        return whole >= 100 || tenth == 0
            ? "\(whole) \(units[unit])" : "\(whole).\(min(9, tenth)) \(units[unit])"
    }

    /// A ratio as `72%`.
    package static func percent(_ ratio: Double) -> String {
        guard ratio.isFinite else { return "?" }
        return "\(Int(min(max(ratio, 0), 1_000) * 100 + 0.5))%"
    }

    /// A count with its noun: `1 step`, `3 steps`.
    package static func count(_ count: Int, _ noun: String) -> String {
        count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
    }
}
