/// How much a record matters, and from where on records are written.
package enum LogLevel: String, Hashable, Comparable, Sendable, CaseIterable {
    case debug
    case info
    case warn
    case error

    package var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warn: 2
        case .error: 3
        }
    }

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    /// The values as a sentence lists them.
    package static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
