package import Pipeline
package import Telemetry

/// What the steps of a run have printed so far, and then what they print: attempt after attempt in
/// the order of their starts, those that start later and those of a resume as well.
package final class RunLogTail {
    /// Gets each line, or piece of one; false: nobody reads any more.
    package typealias Body = (LogSource, LogPiece) -> Bool

    package private(set) var index: RunLogIndex
    private let selection: RunLogIndex.Selection
    private let reader: (AttemptRef) -> AttemptLogReader
    /// Whether the pieces of a line are put together.
    private let wantsLines: Bool
    /// How many lines of what is there already are given of each attempt; `nil`: all.
    private let last: Int?
    private var feeds: [Feed] = []
    /// Attempts of the index that have a feed, or had one.
    private var known = 0

    private final class Feed {
        let attempt: AttemptRef
        let source: LogSource
        let reader: AttemptLogReader
        var assembly = LogAssembly()
        /// Lines that are not given, since only the last of them are wanted.
        var kept: [LogPiece] = []
        var isFirstReading: Bool

        init(
            _ attempt: AttemptRef,
            _ source: LogSource,
            _ reader: AttemptLogReader,
            isFirstReading: Bool
        ) {
            self.attempt = attempt
            self.source = source
            self.reader = reader
            self.isFirstReading = isFirstReading
        }
    }

    /// - Parameters:
    ///   - folder: The run's.
    ///   - selection: Of whom lines are wanted.
    ///   - wantsLines: False gives pieces as they stand in the log, before their line has ended.
    ///   - last: Lines of each attempt that are given of what it has printed already.
    ///   - reader: Reads what an attempt has printed; `nil`: from the run's folder.
    /// - Throws: What keeps the journal from being read.
    package init(
        _ folder: RunFolder,
        _ selection: RunLogIndex.Selection,
        wantsLines: Bool,
        last: Int? = nil,
        reader: ((AttemptRef) -> AttemptLogReader)? = nil
    ) throws(StateError) {
        index = try RunLogIndex(folder)
        self.selection = selection
        self.reader = reader ?? { AttemptLogReader($0, of: folder) }
        self.wantsLines = wantsLines || last != nil
        self.last = last
        addFeeds(areThere: true)
    }

    /// The attempts so far that lines are wanted of, and that have printed any.
    package var printed: [AttemptRef] { feeds.filter { $0.reader.isThere }.map(\.attempt) }

    /// Gives what has come since the last call.
    ///
    /// - Parameter body: Gets it.
    /// - Returns: False when nobody reads any more.
    /// - Throws: What keeps the journal from being read.
    package func read(_ body: Body) throws(StateError) -> Bool {
        try index.refresh()
        addFeeds(areThere: false)
        // Whoever has ended by now has printed all that it ever will.
        let ended = index.isOver ? Set(feeds.map(\.attempt)) : index.ended
        for feed in feeds {
            guard give(feed, isEnd: ended.contains(feed.attempt), body) else { return false }
        }
        feeds.removeAll { ended.contains($0.attempt) }
        return true
    }

    /// Gives what is left of lines that nobody goes on with.
    ///
    /// - Parameter body: Gets it.
    /// - Returns: False when nobody reads any more.
    package func finish(_ body: Body) -> Bool {
        for feed in feeds {
            guard give(feed, isEnd: true, body) else { return false }
        }
        feeds = []
        return true
    }

    private func addFeeds(areThere: Bool) {
        for attempt in index.attempts[known...] where selection.contains(attempt) {
            let reader = reader(attempt)
            let source = index.source(of: attempt)
            feeds.append(Feed(attempt, source, reader, isFirstReading: areThere))
        }
        known = index.attempts.count
    }

    private func give(_ feed: Feed, isEnd: Bool, _ body: Body) -> Bool {
        func take(_ piece: LogPiece) -> Bool {
            guard selection.contains(piece) else { return true }
            guard wantsLines else { return body(feed.source, piece) }
            guard let line = feed.assembly.take(piece) else { return true }
            return pass(line, of: feed, body)
        }
        guard feed.reader.read(take) else { return false }
        if isEnd {
            guard feed.reader.finish(take) else { return false }
            for line in feed.assembly.finish() {
                guard pass(line, of: feed, body) else { return false }
            }
            feed.reader.close()
        }
        defer { feed.kept = [] }
        // An attempt that has not printed yet has nothing that is there already.
        if feed.reader.isThere || isEnd { feed.isFirstReading = false }
        return feed.kept.suffix(last ?? 0).allSatisfy { body(feed.source, $0) }
    }

    private func pass(_ line: LogPiece, of feed: Feed, _ body: Body) -> Bool {
        guard let last, feed.isFirstReading else { return body(feed.source, line) }
        feed.kept.append(line.owningItsBytes)
        // Twice as many as are wanted, so that dropping them costs little.
        if feed.kept.count >= 2 * last + 64 {
            feed.kept.removeFirst(feed.kept.count - last)
        }
        return true
    }
}
