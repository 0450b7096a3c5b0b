/// Why a journal could not be read or written.
package enum JournalError: Error, Hashable, CustomStringConvertible {
    /// An operation of the file system failed.
    case storage(StorageError)
    /// Less was written than asked.
    case shortWrite(path: String, bytes: Int, of: Int)
    /// A line beyond `JournalFormat.lineBytes` was refused.
    case lineTooLong(bytes: Int)
    /// An earlier failure of this writer leaves the file's state in doubt: it writes no more.
    indirect case failed(path: String, cause: JournalError)
    /// The file has been deleted under the writer.
    case gone(path: String)
    /// The file does not end where its last known line ends.
    case unexpectedSize(path: String, expected: Int, found: Int)
    /// A file that is read whole is larger than it can rightly be.
    case fileTooLong(path: String, limit: Int)
    /// The writer has been closed.
    case closed(path: String)

    /// There is no room for more, which somebody can make.
    package var isNoRoom: Bool {
        switch self {
        case .storage(let error): error.isNoRoom
        case .shortWrite: true
        case .failed(_, let cause): cause.isNoRoom
        default: false
        }
    }

    /// The file is not there any more, and what it held is lost.
    package var isGone: Bool {
        switch self {
        case .gone: true
        case .failed(_, let cause): cause.isGone
        default: false
        }
    }

    package var description: String {
        switch self {
        case .storage(let error): error.description
        case .shortWrite(let path, let bytes, let count):
            "only \(bytes) of \(count) bytes could be written to \(path): is the disk full?"
        case .lineTooLong(let bytes):
            "an event of \(bytes) bytes exceeds a journal line's \(JournalFormat.lineBytes) bytes"
        case .failed(let path, let cause):
            "\(path) takes no more events after an earlier failure: \(cause)"
        case .gone(let path): "\(path) has been deleted while in use"
        case .unexpectedSize(let path, let expected, let found):
            "\(path) has \(found) bytes where \(expected) were expected: another process writes it"
        case .fileTooLong(let path, let limit): "\(path) is larger than \(limit) bytes"
        case .closed(let path): "\(path) has been closed"
        }
    }
}
