import Pipeline

/// The streams of this process's runs, each until all of it is sent.
///
/// A file is opened when its turn comes to be read: a thousand runs for which a collector has no
/// ear hold no descriptor.
struct ExportFollowing {
    /// What to do with a stream next.
    private enum State {
        /// `until`: another exporter had its file; it is asked for again then.
        case waiting(until: ContinuousClock.Instant?)
        case open(any ExportTail)
        /// Nothing is left to be read.
        case over
    }

    private struct Stream {
        let source: ExportSource
        var state = State.waiting(until: nil)

        var isWaiting: Bool {
            if case .waiting = state { true } else { false }
        }
    }

    private var streams: [Stream] = []
    /// Those that are not sent in full: not backlog, even if their lock is free.
    private(set) var keys: Set<ExportKey> = []

    /// More are left to the backlog, the oldest first: it holds nothing for those that wait.
    private static let capacity = 1_024
    /// How soon a journal that another exporter has is asked for again.
    private static let retry = Duration.milliseconds(100)

    var indices: Range<Int> { streams.indices }

    /// Another exporter, which took a run for left behind, is still at it.
    var isElsewhere: Bool { nextRetry != nil }

    /// When to ask again for what another exporter had.
    var nextRetry: ContinuousClock.Instant? {
        streams.compactMap { stream in
            if case .waiting(let until) = stream.state { until } else { nil }
        }.min()
    }

    mutating func follow(_ source: ExportSource) {
        // Of a run that was interrupted and taken up again by the same process.
        streams.removeAll { $0.source.key == source.key }
        if streams.count >= Self.capacity, let oldest = streams.firstIndex(where: \.isWaiting) {
            keys.remove(streams.remove(at: oldest).source.key)
        }
        streams.append(Stream(source: source))
        keys.insert(source.key)
    }

    /// The run does not go on here.
    mutating func leave(_ run: RunID) {
        streams.removeAll { $0.source.key.run == run }
        keys = keys.filter { $0.run != run }
    }

    /// The stream has been sent in full.
    mutating func forget(_ key: ExportKey) {
        keys.remove(key)
    }

    /// What is to be read of the stream at `index`; `nil` when nothing is, or another exporter has
    /// it.
    ///
    /// At an end another exporter's file is asked for once more: there will be no later. Unless
    /// `canOpen`, what is closed stays so. A stream for which this throws is not tried again.
    mutating func tail(
        _ index: Int,
        at now: ContinuousClock.Instant,
        isEnding: Bool,
        canOpen: Bool
    ) throws(ExportProblem) -> (any ExportTail)? {
        switch streams[index].state {
        case .open(let tail): return tail.isDone ? nil : tail
        case .over: return nil
        case .waiting(let until):
            guard canOpen, isEnding || until.map({ $0 <= now }) ?? true else { return nil }
        }
        let source = streams[index].source
        streams[index].state = .over
        switch try source.open() {
        case .tail(let tail):
            streams[index].state = .open(tail)
            return tail
        case .elsewhere:
            streams[index].state = .waiting(until: now + Self.retry)
            return nil
        case .nothing:
            keys.remove(source.key)
            return nil
        }
    }

    /// The stream cannot be read any further.
    mutating func giveUp(_ index: Int) {
        streams[index].state = .over
    }

    /// Whether a stream waits that could be read if it were opened.
    func holdsWaiting(at now: ContinuousClock.Instant) -> Bool {
        streams.contains { stream in
            if case .waiting(let until) = stream.state {
                until.map { $0 <= now } ?? true
            } else {
                false
            }
        }
    }

    /// Those that are still read.
    var openTails: Set<ObjectIdentifier> {
        Set(
            streams.compactMap { stream in
                if case .open(let tail) = stream.state { ObjectIdentifier(tail) } else { nil }
            }
        )
    }

    mutating func removeRead() {
        streams.removeAll { stream in
            switch stream.state {
            case .waiting: false
            case .open(let tail): tail.isDone
            case .over: true
            }
        }
    }

    mutating func close() {
        streams = []
    }
}
