import Pipeline
import Telemetry

extension MemoryFacts {
    /// The facts as members of an object; sizes are bytes.
    func write(to json: inout JSONWriter) {
        json.beginObject()
        for group in groups { json.facts(group.key, group.facts) }
        json.key("descriptor_limit")
        if let descriptorLimit { json.integer(descriptorLimit) } else { json.null() }
        json.key("pressure")
        json.beginArray()
        for line in pressure { json.string(line) }
        json.endArray()
        json.endObject()
    }

    /// The same as a page.
    var html: [UInt8] {
        var page = HTMLPage(title: "Memory")
        for group in groups where !group.facts.isEmpty {
            page.raw("<h2>")
            page.text(group.title)
            page.raw("</h2>\n")
            page.beginTable(["", ""])
            for fact in group.facts {
                page.raw("<tr>")
                page.cell(fact.name)
                let text = group.isBytes ? HumanText.bytes(fact.value) : "\(fact.value)"
                page.cell(text, isNumber: true)
                page.raw("</tr>\n")
            }
            page.endTable()
        }
        if !pressure.isEmpty {
            page.raw("<h2>Memory pressure of the machine</h2>\n<p><code>")
            for line in pressure {
                page.text(line)
                page.raw("\n")
            }
            page.raw("</code></p>\n")
        }
        return page.finished()
    }

    private struct Group {
        var key: StaticString
        var title: String
        var facts: Facts
        var isBytes = true
    }

    private var groups: [Group] {
        let open = descriptors.reduce(0) { $0 + $1.value }
        let limit = descriptorLimit.map { ", \($0) allowed" } ?? ""
        return [
            Group(key: "status", title: "Process (/proc/self/status)", facts: status),
            Group(key: "mappings", title: "Mappings (/proc/self/smaps_rollup)", facts: mappings),
            Group(key: "allocator", title: "Allocator (mallinfo2)", facts: allocator),
            Group(key: "cgroup", title: "Memory cgroup", facts: cgroup),
            Group(
                key: "descriptors",
                title: "Descriptors: \(open) open\(limit)",
                facts: descriptors,
                isBytes: false
            ),
            Group(key: "threads", title: "Threads", facts: threads, isBytes: false),
        ]
    }
}

extension JSONWriter {
    /// Writes numbers as an object under `name`.
    mutating func facts(_ name: StaticString, _ facts: MemoryFacts.Facts) {
        key(name)
        beginObject()
        for fact in facts {
            key(fact.name)
            integer(fact.value)
        }
        endObject()
    }
}
