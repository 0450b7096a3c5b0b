package import Pipeline

/// What travels from a caller to a run, and from a run to its children (`OTEL_PROPAGATORS`).
package enum Propagator: String, Sendable, CaseIterable {
    /// `traceparent` and `tracestate`.
    case traceContext = "tracecontext"
    case baggage

    /// The names under which children get them; what Weir itself inherited is removed.
    package static let variables = ["TRACEPARENT", "TRACESTATE", "BAGGAGE"]
}

/// What a caller handed over.
package struct IncomingContext: Hashable, Sendable {
    package var parent: TraceParent?
    /// Empty without a parent: its members belong to the parent's trace.
    package var state: String
    package var baggage: String

    /// A run that nobody called.
    package static let none = IncomingContext(propagators: []) { _ in [] }

    /// Reads the headers of a request.
    ///
    /// - Parameters:
    ///   - propagators: what is looked at.
    ///   - values: gives all values of the field with this lower-case name, in their order.
    package init(propagators: [Propagator], values: (String) -> [String]) {
        parent = nil
        state = ""
        if propagators.contains(.traceContext) {
            let headers = values("traceparent")
            // More than one is as good as none (§3.2.1).
            if headers.count == 1 { parent = TraceParent(headers[0]) }
            if parent != nil { state = TraceState.validated(values("tracestate")) }
        }
        baggage =
            propagators.contains(.baggage) ? Baggage.validated(values("baggage")) : ""
    }

    /// Reads the environment: the same values under upper-case names (OTel, environment carriers).
    package init(propagators: [Propagator], environment: [String: String]) {
        self.init(propagators: propagators) { name in
            environment[name.uppercased()].map { $0.isEmpty ? [] : [$0] } ?? []
        }
    }
}

extension TraceContext {
    /// Where a run's spans belong: the caller's trace, or one of their own under the run's id.
    ///
    /// The sampler is asked here, once.
    package init(run: RunID, incoming: IncomingContext = .none, sampler: Sampler = .standard) {
        let traceID = incoming.parent?.traceID ?? TraceID(high: run.high, low: run.low)
        // The random flag tells of the trace id, so a continued trace keeps what it says; the low
        // 56 bits of a run id are random.
        let random = incoming.parent.map { $0.flags & TraceParent.random } ?? TraceParent.random
        let isSampled = sampler.isSampled(traceID, parent: incoming.parent)
        self.init(
            traceID: traceID,
            parent: incoming.parent?.spanID,
            flags: random | (isSampled ? TraceParent.sampled : 0),
            state: incoming.state,
            baggage: incoming.baggage
        )
    }

    /// The variables for a child whose parent is `span`, an attempt's span usually.
    ///
    /// Where Weir makes no spans (`OTEL_SDK_DISABLED`) it stands aside: `span` is then `parent`,
    /// and the child gets what Weir got.
    package func variables(for span: SpanID?, propagators: [Propagator]) -> [(String, String)] {
        var variables: [(String, String)] = []
        if let span, propagators.contains(.traceContext) {
            let header = TraceParent(traceID: traceID, spanID: span, flags: flags)
            variables.append(("TRACEPARENT", header.description))
            if !state.isEmpty { variables.append(("TRACESTATE", state)) }
        }
        if !baggage.isEmpty, propagators.contains(.baggage) {
            variables.append(("BAGGAGE", baggage))
        }
        return variables
    }
}
