package import Journal

/// Why a body is not kept.
package enum ReceivedRefusal: Error, Hashable, CustomStringConvertible {
    /// The file would be larger than it may.
    case full(limit: Int)
    /// The disk, or what stands between; trying again may help where there is no room.
    case storage(JournalError)
    /// The file is damaged: nothing behind the damage would ever be read.
    case corrupt(path: String, JournalDamage)
    /// Too much waits to be written.
    case busy
    /// The run has ended.
    case closed

    package var description: String {
        switch self {
        case .full(let limit): "the run holds \(limit >> 20) MiB of this signal, unsent or not"
        case .storage(let error): error.description
        case .corrupt(let path, let damage): "\(path) is damaged: \(damage)"
        case .busy: "too much waits for the disk"
        case .closed: "the run has ended"
        }
    }
}
