/// Which classes have a row of their own: first come, first served, and a pipeline of thousands of
/// steps takes the rows of no other.
struct SpanClassList: Sendable {
    /// Some hundred steps: a step has a class for itself, one for its attempts, seldom more.
    private static let ofPipeline = 256
    private static let inAll = 1_024
    private static let other = "__other__"

    private var known: Set<SpanClass> = []
    private var counts: [String: Int] = [:]

    /// The class that a span is counted in: its own, that of its pipeline's other steps, or that of
    /// all other pipelines.
    mutating func admit(_ spanClass: SpanClass) -> SpanClass {
        if known.contains(spanClass) { return spanClass }
        let count = counts[spanClass.pipeline, default: 0]
        if known.count >= Self.inAll {
            let place = SpanClass(
                pipeline: spanClass.pipeline,
                step: Self.other,
                part: spanClass.part
            )
            if known.contains(place) { return place }
            return SpanClass(pipeline: Self.other, step: nil, part: spanClass.part)
        }
        var place = spanClass
        // The run's own span is one, and comes last.
        if spanClass.part != .run, count >= Self.ofPipeline { place.step = Self.other }
        if known.insert(place).inserted { counts[place.pipeline] = count + 1 }
        return place
    }
}
