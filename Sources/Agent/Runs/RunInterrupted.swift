import Journal

/// A run could not go on, for want of a place to remember it: nothing of it runs any more, and it
/// has no end (G6).
package struct RunInterrupted: Error, CustomStringConvertible {
    package let cause: any Error
    package let kind: Kind

    package enum Kind: Sendable, Hashable {
        /// It goes on when there is room.
        case noRoom
        /// What it remembered is gone: it cannot go on.
        case lost
        /// It goes on when what keeps it from writing is mended.
        case unwritable
    }

    init(by cause: any Error) {
        self.cause = cause
        if (cause as? JournalError)?.isGone == true {
            kind = .lost
        } else if cause.isNoRoom {
            kind = .noRoom
        } else {
            kind = .unwritable
        }
    }

    package var description: String {
        switch kind {
        case .noRoom: "the disk is full: \(cause)"
        case .lost: "\(cause): what it remembered is lost"
        case .unwritable: "\(cause)"
        }
    }
}

extension Error {
    /// There was no room for something, which somebody can make.
    var isNoRoom: Bool {
        (self as? JournalError)?.isNoRoom ?? (self as? StateError)?.isNoRoom ?? false
    }
}
