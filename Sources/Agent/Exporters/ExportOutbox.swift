package import Pipeline
package import Telemetry

/// The batches that have been encoded and are not yet settled: all the exporter holds in memory.
///
/// Batches are settled in any order and leave in the order they came, so that a cursor never moves
/// over one that is still out. A value: no clock, no network.
package struct ExportOutbox: Sendable {
    /// How far a stream has been sent once a batch is settled.
    package struct Mark: Sendable {
        package var source: ExportSource
        package var cursor: ExportCursor

        package init(_ source: ExportSource, _ cursor: ExportCursor) {
            self.source = source
            self.cursor = cursor
        }
    }

    /// What a verdict settled.
    package struct Settled: Hashable, Sendable {
        package var accepted = 0
        package var rejected = 0
        package var isBacklog = false

        package init(accepted: Int = 0, rejected: Int = 0, isBacklog: Bool = false) {
            self.accepted = accepted
            self.rejected = rejected
            self.isBacklog = isBacklog
        }
    }

    private struct Parcel: Sendable {
        let id: Int
        /// The last is sent next; a halved batch is two.
        var pieces: [ExportPiece]
        let marks: [ExportKey: Mark]
        let isBacklog: Bool
        let oldest: Timestamp?
        var isInFlight = false

        var itemCount: Int { pieces.reduce(0) { $0 + $1.itemCount } }
    }

    /// Four in flight (design §5); backpressure begins where this ends, and nothing more is read.
    package static let capacity = 4

    private var parcels: [Parcel] = []
    private var nextID = 0
    /// The last that was accepted, for its memory.
    private var arrived: OTLPBatch?

    package init() {}

    package var hasRoom: Bool { parcels.count < ExportOutbox.capacity }
    package var isEmpty: Bool { parcels.isEmpty }
    package var inFlight: Int { parcels.count { $0.isInFlight } }
    package var oldest: Timestamp? { parcels.compactMap(\.oldest).min() }

    package func itemCount(isBacklog: Bool) -> Int {
        parcels.reduce(0) { $0 + ($1.isBacklog == isBacklog ? $1.itemCount : 0) }
    }

    /// Whether something of the stream is not settled yet.
    package func holds(_ key: ExportKey) -> Bool {
        parcels.contains { $0.marks[key] != nil }
    }

    package func holds(isBacklog: Bool) -> Bool {
        parcels.contains { $0.isBacklog == isBacklog }
    }

    /// Takes a batch; `nil` when there is nothing to send before the marks hold.
    package mutating func append(
        _ piece: ExportPiece?,
        marks: [ExportKey: Mark],
        isBacklog: Bool,
        oldest: Timestamp?
    ) {
        parcels.append(
            Parcel(
                id: nextID,
                pieces: piece.map { [$0] } ?? [],
                marks: marks,
                isBacklog: isBacklog,
                oldest: oldest
            )
        )
        nextID += 1
    }

    /// The next request, now counted as in flight; for a probe the oldest, or nothing
    /// while anything is in flight.
    package mutating func next(onlyOldest: Bool) -> (id: Int, piece: ExportPiece)? {
        if onlyOldest && inFlight > 0 { return nil }
        let waiting = parcels.indices.first {
            !parcels[$0].isInFlight && !parcels[$0].pieces.isEmpty
        }
        guard let index = waiting, let piece = parcels[index].pieces.last else { return nil }
        parcels[index].isInFlight = true
        return (parcels[index].id, piece)
    }

    /// In what encoding the parcel's present piece is, and so the answer to it.
    func encoding(of id: Int) -> OTLPEncoding {
        parcels.first { $0.id == id }?.pieces.last?.encoding ?? .json
    }

    /// A request that was not sent after all.
    package mutating func putBack(_ id: Int) {
        guard let index = parcels.firstIndex(where: { $0.id == id }) else { return }
        parcels[index].isInFlight = false
    }

    /// What the verdict on the parcel's present piece settles; whatever it leaves open is to be
    /// sent again.
    package mutating func settle(_ id: Int, _ verdict: ExportVerdict) -> Settled {
        var settled = Settled()
        guard let index = parcels.firstIndex(where: { $0.id == id }) else { return settled }
        parcels[index].isInFlight = false
        settled.isBacklog = parcels[index].isBacklog
        switch verdict {
        case .accepted(let rejected, _):
            guard let piece = parcels[index].pieces.popLast() else { break }
            settled.rejected = min(max(0, rejected), piece.itemCount)
            settled.accepted = piece.itemCount - settled.rejected
            arrived = piece.batch
        case .halve:
            guard let piece = parcels[index].pieces.popLast() else { break }
            if let (first, second) = piece.halved() {
                parcels[index].pieces += [second, first]
            } else {
                settled.rejected = piece.itemCount
            }
        case .retry, .park, .abandoned: break
        }
        return settled
    }

    /// One that was accepted since the last asking: nobody needs its memory any more.
    package mutating func takeArrived() -> OTLPBatch? {
        defer { arrived = nil }
        return arrived
    }

    /// The marks of the batches that are settled with all before them, oldest first.
    package mutating func takeSettled() -> [Mark] {
        let settled = parcels.prefix { $0.pieces.isEmpty && !$0.isInFlight }
        var marks: [ExportKey: Mark] = [:]
        for parcel in settled { marks.merge(parcel.marks) { _, newer in newer } }
        parcels.removeFirst(settled.count)
        return Array(marks.values)
    }
}
