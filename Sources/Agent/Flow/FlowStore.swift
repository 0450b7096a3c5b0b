package import Journal
import Pipeline

/// A file in which rate limits and breakers outlive their process (`FlowMemory`).
///
/// It is written before a token is used, and not synced: it survives the process, and of a machine
/// that loses power it may be lost, with as much as a bucket holds. What cannot be read, or could
/// not be written, is as if nothing had been used: a gate must not stay shut because of a file.
///
///     {"rate_limits": {"<name>": <full at, ns>}, "breakers": {"<name>": {"state": "open", "until": <ns>, "failures": [<ns>]}}}
package struct FlowStore: Sendable {
    private let path: String
    private let storage: any JournalStorage
    /// A breaker's failures are all that can be many.
    private static let bytesMax = 64 << 20

    package init(_ path: String, in storage: any JournalStorage) {
        self.path = path
        self.storage = storage
    }

    func read() -> FlowMemory? {
        guard let bytes = try? storage.readFile(path, limit: Self.bytesMax) else { return nil }
        return try? Self.decode(bytes)
    }

    func write(_ memory: FlowMemory) {
        try? storage.replaceFile(path, with: Self.encode(memory), synced: false)
    }

    static func encode(_ memory: FlowMemory) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("rate_limits")
        json.beginObject()
        for (name, fullAt) in memory.fullAt.sorted(by: { $0.key < $1.key }) {
            json.key(name)
            json.integer(fullAt.nanoseconds)
        }
        json.endObject()
        json.key("breakers")
        json.beginObject()
        for (name, breaker) in memory.breakers.sorted(by: { $0.key < $1.key }) {
            json.key(name)
            json.beginObject()
            json.key("state")
            json.string(breaker.state.rawValue)
            if let until = breaker.until {
                json.key("until")
                json.integer(until.nanoseconds)
            }
            json.key("failures")
            json.beginArray()
            for failure in breaker.failures { json.integer(failure.nanoseconds) }
            json.endArray()
            json.endObject()
        }
        json.endObject()
        json.endObject()
        return json.bytes
    }

    static func decode(_ bytes: [UInt8]) throws(JSONError) -> FlowMemory {
        let value = try JSONValue(parsing: bytes)
        var memory = FlowMemory()
        for member in value["rate_limits"]?.object ?? [] {
            memory.fullAt[member.key] = instant(member.value)
        }
        for member in value["breakers"]?.object ?? [] {
            let breaker = member.value
            guard let state = breaker["state"]?.string.flatMap(BreakerState.init(rawValue:)) else {
                continue
            }
            memory.breakers[member.key] = FlowMemory.Breaker(
                state,
                until: breaker["until"].flatMap(instant),
                failures: breaker["failures"]?.array?.compactMap(instant) ?? []
            )
        }
        return memory
    }

    private static func instant(_ value: JSONValue) -> Timestamp? {
        value.integer.map { Timestamp(nanoseconds: $0) }
    }
}
