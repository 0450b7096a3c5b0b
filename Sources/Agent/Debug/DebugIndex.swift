import Telemetry
import Transport

/// The list of all pages that help in an incident.
enum DebugIndex {
    private static let pages: [(path: String, words: String)] = [
        (
            "/debug/tasks",
            "every run, step and attempt: state, blocker, pid, CPU, memory, last line"
        ),
        ("/debug/tasks?format=json", "the same for programs; ?run= and ?limit= narrow it"),
        ("/debug/memory", "the agent's memory, descriptors, threads, cgroup and pressure"),
        ("/debug/memory?format=json", "the same for programs"),
        ("/debug/spans", "finished spans by latency, failed ones, and what is open, of all runs"),
        (
            "/debug/spans?format=json",
            "the same for programs; ?pipeline=, ?step=, ?limit= narrow it"
        ),
        ("/debug/vars", "counters and figures of the process, as Go's expvar has them"),
        ("/debug/loglevel", "how much of Weir's own log is written; PUT ?level= changes it"),
        ("/healthz", "whether the endpoint answers"),
        ("/livez?verbose", "whether the loops make progress"),
        ("/readyz?verbose", "whether a run could begin, check by check"),
        ("/metrics", "all metrics, as Prometheus reads them"),
        ("/api/v1/pipelines", "what can be run"),
        ("/api/v1/runs", "what ran and runs"),
    ]

    static let response: HTTPResponse = {
        var page = HTMLPage(title: "Weir: debug", index: nil)
        page.beginTable(["page", "what it tells"])
        for entry in pages {
            page.raw("<tr><td><a href=\"")
            page.text(entry.path)
            page.raw("\">")
            page.text(entry.path)
            page.raw("</a></td>")
            page.cell(entry.words)
            page.raw("</tr>\n")
        }
        page.endTable()
        return .html(page.finished())
    }()
}
