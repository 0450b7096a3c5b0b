import Pipeline

/// Numbers as people read them.
package enum HumanText {
    /// `850ms`, `12.3s`, `4m12s`, `2h5m`, `3d4h`: two units at most, rounded down.
    package static func duration(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.wholeNanoseconds / 1_000_000)
        let seconds = milliseconds / 1_000
        switch seconds {
        case 0: return milliseconds == 0 ? (duration > .zero ? "<1ms" : "0s") : "\(milliseconds)ms"
        case ..<60: return pair(seconds, ".", milliseconds % 1_000 / 100, "s")
        case ..<3_600: return pair(seconds / 60, "m", seconds % 60, "s")
        case ..<86_400: return pair(seconds / 3_600, "h", seconds % 3_600 / 60, "m")
        default: return pair(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h")
        }
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

    private static func pair(
        _ major: Int64,
        _ first: String,
        _ minor: Int64,
        _ last: String
    ) -> String {
        let isDecimal = first == "."
        guard minor != 0 else { return isDecimal ? "\(major)\(last)" : "\(major)\(first)" }
        return "\(major)\(first)\(minor)\(last)"
    }
}
