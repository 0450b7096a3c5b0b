import CLinux
import Glibc
import Pipeline
import Telemetry
import Transport

/// `/debug/vars` as Go's package expvar has it: one object, keys sorted, `cmdline` and `memstats`
/// always there.
struct DebugVars: Sendable {
    var connections: HTTPServerStatistics
    var export: [OTLPSignal: ExportStatistics]?
    var lags: [(loop: String, lag: Duration)]
    /// By pipeline.
    var activeRuns: [String: Int]
    var isDraining: Bool

    /// Everything now.
    var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("cmdline")
        json.beginArray()
        for word in Self.commandLine { json.string(word) }
        json.endArray()
        writeConnections(to: &json)
        json.key("draining")
        json.boolean(isDraining)
        if let export { write(export, to: &json) }
        writeLags(to: &json)
        Self.writeMemory(to: &json)
        json.key("pid")
        json.integer(Int64(getpid()))
        json.key("runs_active")
        json.beginObject()
        for (pipeline, count) in activeRuns.sorted(by: { $0.key < $1.key }) {
            json.key(pipeline)
            json.integer(count)
        }
        json.endObject()
        json.key("version")
        json.string(WeirVersion.text)
        json.endObject()
        json.piece("\n")
        return json.bytes
    }

    /// Nothing secret is ever handed over on a command line, so nothing has to be hidden here.
    private static var commandLine: [String] {
        guard let bytes = readSmallFile("/proc/self/cmdline") else { return [] }
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    private func writeConnections(to json: inout JSONWriter) {
        json.facts(
            "connections",
            [
                ("accepted", Int64(connections.accepted)),
                ("failures", Int64(connections.failures)),
                ("held_bytes", Int64(connections.heldBytes)),
                ("lost_replies", Int64(connections.lostReplies)),
                ("open", Int64(connections.open)), ("read_bytes", Int64(connections.bytesRead)),
                ("rejected", Int64(connections.rejected)),
                ("requests", Int64(connections.requests)), ("shed", Int64(connections.shed)),
                ("timed_out", Int64(connections.timedOut)),
                ("written_bytes", Int64(connections.bytesWritten)),
            ]
        )
    }

    private func write(_ lanes: [OTLPSignal: ExportStatistics], to json: inout JSONWriter) {
        let items = lanes.values.map(\.own) + lanes.values.map(\.backlog)
        json.facts(
            "export",
            [
                ("accepted", Int64(items.reduce(0) { $0 + $1.accepted })),
                ("queued", Int64(items.reduce(0) { $0 + $1.queued })),
                ("rejected", Int64(items.reduce(0) { $0 + $1.rejected })),
            ]
        )
    }

    private func writeLags(to json: inout JSONWriter) {
        json.key("loop_lag_seconds")
        json.beginObject()
        for (loop, lag) in lags.sorted(by: { $0.loop < $1.loop }) {
            json.key(loop)
            json.seconds(nanoseconds: lag.wholeNanoseconds)
        }
        json.endObject()
    }

    /// Go's names (runtime.MemStats) where they mean the same here: bytes.
    private static func writeMemory(to json: inout JSONWriter) {
        let info = mallinfo2()
        let mapped = Int64(clamping: info.hblkhd)
        json.facts(
            "memstats",
            [
                ("Alloc", Int64(clamping: info.uordblks) + mapped),
                ("HeapAlloc", Int64(clamping: info.uordblks) + mapped),
                ("HeapIdle", Int64(clamping: info.fordblks)),
                ("HeapSys", Int64(clamping: info.arena) + mapped),
            ]
        )
    }
}
