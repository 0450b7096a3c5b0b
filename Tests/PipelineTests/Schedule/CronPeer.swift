import Pipeline
import TestSupport

/// `Tests/Tools/cron_peer.py`: what cronsim takes for due in the system's zones.
struct CronPeer {
    struct Change: Hashable {
        let at: Int64
        let before: Int64
        let after: Int64
    }

    /// Every slot of an expression in one zone, after one instant and not after another.
    struct Answer {
        var zone = ""
        var expression = ""
        var after: Int64 = 0
        var through: Int64 = 0
        var slots: [Int64] = []
    }

    private(set) var changes: [String: [Change]] = [:]
    private(set) var answers: [Answer] = []

    /// Asks for all at once.
    init(_ questions: [String], zones: [String]) throws {
        let python = try OTLPChecker.python()
        let words = [python, toolPath("cron_peer.py")] + questions + ["--"] + zones
        let (output, status) = try ChildProcess(words).finish()
        guard status == 0 else { throw TestSupportError("cron_peer.py ended with \(status)") }
        for line in Array(output.utf8).split(separator: 0x0A) { try take(Array(line)) }
    }

    private mutating func take(_ line: [UInt8]) throws {
        var reader = try JSONReader(line)
        var answer = Answer()
        var found: [Change]?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "zone": answer.zone = try reader.string()
            case "expression": answer.expression = try reader.string()
            case "after": answer.after = try reader.integer()
            case "through": answer.through = try reader.integer()
            case "changes":
                found = try triples(&reader).map { Change(at: $0[0], before: $0[1], after: $0[2]) }
            default:
                answer.slots = try triples(&reader).flatMap { run in
                    (0..<run[2]).map { run[0] + run[1] * $0 }
                }
            }
        }
        try reader.finish()
        if let found { changes[answer.zone] = found } else { answers.append(answer) }
    }

    private func triples(_ reader: inout JSONReader) throws -> [[Int64]] {
        var triples: [[Int64]] = []
        try reader.beginArray()
        while try reader.nextElement() {
            try reader.beginArray()
            var triple: [Int64] = []
            while try reader.nextElement() { triple.append(try reader.integer()) }
            guard triple.count == 3 else { throw TestSupportError("three numbers are wanted") }
            triples.append(triple)
        }
        return triples
    }
}
