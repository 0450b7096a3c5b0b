package import Pipeline

/// Decides whether a run's spans are sent; asked once, when the run starts.
package indirect enum Sampler: Hashable, Sendable {
    case alwaysOn
    case alwaysOff
    /// This share of all traces, chosen by the trace id alone.
    case traceIDRatio(Double)
    /// What the caller decided; `root` where there is no caller.
    case parentBased(root: Sampler)

    /// The default of `OTEL_TRACES_SAMPLER`.
    package static let standard = Sampler.parentBased(root: .alwaysOn)

    package func isSampled(_ traceID: TraceID, parent: TraceParent?) -> Bool {
        switch self {
        case .alwaysOn: true
        case .alwaysOff: false
        case .traceIDRatio(let ratio): Sampler.isChosen(traceID, ratio: ratio)
        case .parentBased(let root):
            parent.map { $0.flags & TraceParent.sampled != 0 }
                ?? root.isSampled(traceID, parent: nil)
        }
    }

    /// The id's last seven bytes are its randomness R (W3C level 2), and R ≥ (1 − ratio)·2^56
    /// decides.
    ///
    /// This is the rule of OpenTelemetry's probability sampler; the one of its predecessor was
    /// never fixed. A higher ratio chooses all that a lower one does. These bytes and this
    /// comparison must never change: other services decide on the same trace.
    private static func isChosen(_ traceID: TraceID, ratio: Double) -> Bool {
        guard ratio > 0 else { return false }
        guard ratio < 1 else { return true }
        let range = Double(UInt64(1) << 56)
        let threshold = UInt64(((1 - ratio) * range).rounded())
        return traceID.low & 0x00ff_ffff_ffff_ffff >= threshold
    }
}

extension Sampler: CustomStringConvertible {
    /// In the words that OpenTelemetry's specification gives each sampler (trace SDK, built-in
    /// samplers).
    package var description: String {
        switch self {
        case .alwaysOn: "AlwaysOnSampler"
        case .alwaysOff: "AlwaysOffSampler"
        case .traceIDRatio(let ratio): "TraceIdRatioBased{\(Sampler.decimal(ratio))}"
        case .parentBased(let root):
            "ParentBased{root:\(root),remoteParentSampled:AlwaysOnSampler,"
                + "remoteParentNotSampled:AlwaysOffSampler,localParentSampled:AlwaysOnSampler,"
                + "localParentNotSampled:AlwaysOffSampler}"
        }
    }

    /// With six decimals, as the specification's example has it.
    private static func decimal(_ ratio: Double) -> String {
        let share = ratio > 0 ? min(1, ratio) : 0
        let millionths = Int64((share * 1_000_000).rounded())
        let digits = String(millionths % 1_000_000 + 1_000_000).dropFirst()
        return "\(millionths / 1_000_000).\(digits)"
    }
}
