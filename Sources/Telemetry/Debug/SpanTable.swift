package import Pipeline

/// What `/debug/spans` shows: a value made of the board, narrowed and cut.
package struct SpanTable: Sendable {
    /// What the reader wants to see.
    package struct Query: Sendable {
        /// Of this pipeline only, and then with samples of every bucket.
        package var pipeline: String?
        /// Of this step only.
        package var step: String?
        /// Spans shown at most, of each kind.
        package var limit: Int

        package static let limitMax = 2_000

        package init(pipeline: String? = nil, step: String? = nil, limit: Int = 100) {
            self.pipeline = pipeline
            self.step = step
            self.limit = limit
        }

        func wants(_ spanClass: SpanClass) -> Bool {
            (pipeline.map { $0 == spanClass.pipeline } ?? true)
                && (step.map { $0 == spanClass.step } ?? true)
        }
    }

    /// A class, and how many of it are open.
    package struct Row: Sendable {
        package var spanClass: SpanClass
        package var open = 0
        package var tally = SpanTally()
    }

    package let at: Timestamp
    package let since: Timestamp
    /// The sampler of runs that nobody called, in OpenTelemetry's words.
    package let sampler: String
    package let query: Query
    package let rows: [Row]
    /// The longest open ones first.
    package let open: [(spanClass: SpanClass, span: OpenSpan)]
    package let openOmitted: Int
    /// The latest first.
    package let failed: [(spanClass: SpanClass, span: FinishedSpan)]
    /// By class and bucket, where a pipeline was asked for.
    package let samples: [(spanClass: SpanClass, span: FinishedSpan)]
    package let samplesDropped: Int
    package let runsLost: Int

    package init(_ board: SpanBoard, _ query: Query, sampler: String, at now: Timestamp) {
        at = now
        since = board.since
        self.sampler = sampler
        self.query = query
        samplesDropped = board.samplesDropped
        runsLost = board.runsLost
        var rows: [SpanClass: Row] = [:]
        for (spanClass, tally) in board.tallies where query.wants(spanClass) {
            rows[spanClass] = Row(spanClass: spanClass, tally: tally)
        }
        var open: [(SpanClass, OpenSpan)] = []
        var classes = board.classes
        board.forEachOpen { spanClass, span in
            guard query.wants(spanClass) else { return }
            let place = classes.admit(spanClass)
            rows[place, default: Row(spanClass: place)].open += 1
            open.append((spanClass, span))
        }
        self.rows = rows.values.sorted { $0.spanClass < $1.spanClass }
        open.sort { ($0.1.start, $0.0) < ($1.1.start, $1.0) }
        self.open = open.prefix(query.limit).map { ($0.0, $0.1) }
        openOmitted = open.count - self.open.count
        let failed = self.rows.flatMap { row in row.tally.failed.latest.map { (row.spanClass, $0) }
        }
        self.failed = failed.sorted { $0.1.end > $1.1.end }.prefix(query.limit)
            .map { ($0.0, $0.1) }
        let samples = self.rows.flatMap { row in
            row.tally.buckets.flatMap { $0.latest.reversed() }.map { (row.spanClass, $0) }
        }
        self.samples = query.pipeline == nil ? [] : samples.prefix(query.limit).map { ($0.0, $0.1) }
    }
}
