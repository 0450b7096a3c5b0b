/// Every bound of this layer, each with its reason.
package enum Limits {
    /// A spec is written by people; larger files are data, and belong in an input.
    package static let specBytes = 4 << 20
    /// The budget of planning (design §8) is stated for this many.
    package static let steps = 100_000
    /// `execve` takes 128 KiB a string; the shell needs some of it.
    package static let scriptBytes = 100 << 10
    /// Half of what Linux allows for arguments and environment together by default.
    package static let environmentBytes = 1 << 20
    /// An output is a name, a count, a path: larger things go to `WEIR_DIR`.
    package static let outputKeys = 256
    package static let outputValueBytes = 64 << 10
    /// As much as a person reads in a failure block and a span event should carry.
    package static let tailLines = 20
    package static let tailLineBytes = 1_024
    /// Nesting of a spec: deeper is an attack or a mistake, and recursion must end.
    package static let specDepth = 64
    /// Errors listed for one file: beyond that the first is what matters.
    package static let diagnostics = 100
    /// Names compared to find what a misspelt one was meant to be.
    package static let suggestionCandidates = 1_000
    /// YAML 1.2 §7.4.2 gives a key on one line this many characters.
    package static let specKeyBytes = 1_024
    /// Attempts running at once: far above what one machine's process table should be asked for.
    package static let workers = 10_000
    /// How often a run with attempts in flight may be taken up again after a crash.
    package static let recoveries = 3
    /// A run that was taken up so often will not end; a number has to be meant.
    package static let recoveriesMax = 1_000
    /// Between SIGTERM and SIGKILL (design §4, kill ladder).
    package static let grace = Duration.seconds(10)
    /// An attempt to undo a step, or of a step in `finally`, that has no `timeout`: the run's own
    /// does not end it.
    package static let ending = Duration.seconds(3_600)
    /// Failures that open a breaker: it remembers when each was.
    package static let breakerFailures = 1_000
    /// Steps in `finally`: the run's first event names them all.
    package static let finalSteps = 1_000
    /// Steps that may wait for one pool, of all runs: as many as one run has at most.
    package static let poolQueue = 100_000
    /// Slots of a pool, tokens of a bucket: beyond that it limits nothing.
    package static let gatePlaces = 100_000
    /// Names of pools, rate limits and breakers of one kind in a file: each has its metrics.
    package static let gateNames = 100
    /// Schedules of one pipeline: each is planned for by itself.
    package static let schedules = 100
    /// The least `every`: what is to happen more often is a step's own loop.
    package static let everyMin = Duration.seconds(1)
    /// An `if` command asks a question; it does no work (design §4).
    package static let condition = Duration.seconds(30)
    /// A time zone's file: the largest of tzdata has 4 KiB.
    package static let zoneBytes = 512 << 10
}
