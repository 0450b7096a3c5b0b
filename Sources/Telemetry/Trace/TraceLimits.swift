/// Every bound on what a span or a batch may hold, each with its reason.
package enum TraceLimits {
    /// The exporter's batches (design §5).
    package static let batchSpans = 512
    /// One byte over 1 MiB, and libcurl waits a second for `100-continue`.
    package static let batchBytes = 900 << 10
    /// A list of thousands of names helps nobody: the steps that took longest are what to shorten.
    package static let criticalPathSteps = 128
    /// What a person takes in at a glance: the status of a span, a line of a list.
    package static let messageCharacters = 256
    /// The free text of an attempt's end, where there is no tail.
    package static let exceptionCharacters = 4_096
    /// A wait that is shorter is no news (design §4, blockers).
    package static let shortestWait = Duration.milliseconds(10)
    /// Failed steps whose message is kept for the end of the run: one of the first decides it.
    package static let rememberedFailures = 8
    /// Events of one span that are collected at all; `SpanLimits` may set fewer.
    package static let collectedEvents = 1_024
    /// A resource stands in every request, so it must leave room for spans.
    package static let resourceBytes = 32 << 10
    /// Set by W3C Trace Context §3.3.1.
    package static let traceStateMembers = 32
    /// W3C Trace Context §3.3.1 asks for 512 at least; more is forwarded whole.
    package static let traceStateCharacters = 4_096
    /// W3C Baggage §3.3.2: what must be carried at least is also the most that is.
    package static let baggageMembers = 64
    package static let baggageBytes = 8_192
}
