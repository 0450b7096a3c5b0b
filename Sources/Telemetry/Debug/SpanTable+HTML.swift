import Pipeline

extension SpanTable {
    /// The table as a page.
    package var html: [UInt8] {
        var page = HTMLPage(title: title)
        page.raw("<p>")
        page.text("At \(RunClockText.instant(at)); finished since \(RunClockText.instant(since)). ")
        page.text("New traces are sampled by \(sampler).")
        if runsLost > 0 {
            page.text(
                " Spans of \(HumanText.count(runsLost, "run")) are not all counted: too busy."
            )
        }
        page.raw("</p>\n")
        writeRows(to: &page)
        writeOpen(to: &page)
        write(failed, "Latest that failed", to: &page)
        if query.pipeline != nil {
            write(samples, "Latest of each bucket", to: &page)
            if samplesDropped > 0 {
                page.raw("<p>")
                page.text("\(HumanText.count(samplesDropped, "sample")) had no room.")
                page.raw("</p>\n")
            }
        }
        return page.finished()
    }

    private var title: String {
        let place = [query.pipeline, query.step].compactMap(\.self).joined(separator: "/")
        return place.isEmpty ? "Spans" : "Spans of \(place)"
    }

    private func writeRows(to page: inout HTMLPage) {
        page.beginTable(
            ["pipeline", "step", "span", "open", "failed"] + SpanTally.labels.map { "≥ " + $0 }
        )
        for row in rows {
            page.raw("<tr><td><a href=\"/debug/spans?format=html&amp;pipeline=")
            // A pipeline's name needs no escaping in a URL (design §4), and gets that of the page.
            page.text(row.spanClass.pipeline)
            page.raw("\">")
            page.text(row.spanClass.pipeline)
            page.raw("</a></td>")
            page.cell(row.spanClass.step)
            page.cell(row.spanClass.part.name)
            page.cell(row.open == 0 ? "" : "\(row.open)", isNumber: true)
            let failed = row.tally.failed.count
            page.raw(failed == 0 ? "<td class=\"n\">" : "<td class=\"n bad\">")
            if failed > 0 { page.text("\(failed)") }
            page.raw("</td>")
            for bucket in row.tally.buckets {
                page.cell(bucket.count == 0 ? "" : "\(bucket.count)", isNumber: true)
            }
            page.raw("</tr>\n")
        }
        page.endTable()
    }

    private func writeOpen(to page: inout HTMLPage) {
        page.raw("<h2>Open</h2>\n")
        page.beginTable(["pipeline", "step", "span", "age", "started", "pid", "trace", "span id"])
        for (spanClass, span) in open {
            page.raw("<tr class=\"running\">")
            page.cell(spanClass.pipeline)
            page.cell(spanClass.step)
            page.cell(span.name)
            page.cell(HumanText.duration(at - span.start), isNumber: true)
            page.cell(RunClockText.instant(span.start))
            page.cell(span.pid.map { "\($0)" }, isNumber: true)
            page.code(span.traceID.description)
            page.code(span.spanID.description)
            page.raw("</tr>\n")
        }
        page.endTable()
        if openOmitted > 0 {
            page.raw("<p>")
            page.text("… and \(openOmitted) more: raise ?limit=.")
            page.raw("</p>\n")
        }
    }

    private func write(
        _ spans: [(spanClass: SpanClass, span: FinishedSpan)],
        _ heading: StaticString,
        to page: inout HTMLPage
    ) {
        page.raw("<h2>")
        page.raw(heading)
        page.raw("</h2>\n")
        page.beginTable(["pipeline", "step", "span", "started", "took", "trace", "span id", "what"])
        for (spanClass, span) in spans {
            page.raw("<tr>")
            page.cell(spanClass.pipeline)
            page.cell(spanClass.step)
            page.cell(span.name)
            page.cell(RunClockText.instant(span.start))
            page.cell(HumanText.duration(span.end - span.start), isNumber: true)
            page.code(span.traceID.description)
            page.code(span.spanID.description)
            page.raw("<td>")
            if case .error(let message) = span.status {
                page.raw("<span class=\"bad\">")
                page.text(message)
                page.raw("</span> ")
            }
            page.raw("<code>")
            page.text(span.attributeWords)
            page.raw("</code></td></tr>\n")
        }
        page.endTable()
    }
}

extension HTMLPage {
    fileprivate mutating func code(_ content: String) {
        raw("<td><code>")
        text(content)
        raw("</code></td>")
    }
}

extension FinishedSpan {
    /// `key=value` of what a heading does not say already.
    fileprivate var attributeWords: String {
        let told: Set<AttributeKey> = [.pipelineName, .taskName, .pipelineActionName]
        return attributes.entries.filter { !told.contains($0.key) }
            .map { "\($0.key.rawValue)=\(SpanTable.shown($0.value.words))" }
            .joined(separator: " ")
    }
}

extension SpanAttributes.Value {
    fileprivate var words: String {
        switch self {
        case .text(let text): text
        case .integer(let number): "\(number)"
        case .double(let number): "\(number)"
        case .seconds(let nanoseconds): HumanText.duration(.nanoseconds(nanoseconds))
        case .boolean(let truth): "\(truth)"
        case .texts(let texts): texts.joined(separator: ",")
        }
    }
}
