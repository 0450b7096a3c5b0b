/// When a step need not run: it has done the same before, with the same.
package struct CachePolicy: Sendable, Equatable {
    /// Patterns of the files that it reads, relative to its folder.
    package var inputs: [String]
    /// How long what it left is taken again.
    package var ttl: Duration

    package init(inputs: [String] = [], ttl: Duration = CachePolicy.standardTTL) {
        self.inputs = inputs
        self.ttl = ttl
    }

    package static let standardTTL = Duration.seconds(24 * 3_600)
}

/// What a step left in an earlier run, and may leave here without being run.
package struct CachedStep: Hashable, Sendable {
    package var source: ReusedStep
    /// In the order of their keys.
    package var outputs: [AttemptReport.Output]

    package init(source: ReusedStep, outputs: [AttemptReport.Output]) {
        self.source = source
        self.outputs = outputs
    }
}
