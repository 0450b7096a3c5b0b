/// A page for people in the middle of an incident: one file, nothing from elsewhere, no script.
package struct HTMLPage: Sendable {
    package private(set) var bytes: [UInt8]

    /// Begins a page.
    ///
    /// - Parameters:
    ///   - title: Text; it is escaped.
    ///   - index: Where its way back leads; `nil` on the index itself.
    package init(title: String, index: StaticString? = "/debug/") {
        bytes = Array(
            """
            <!doctype html><html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
            <style>body{font:14px/1.5 system-ui,sans-serif;margin:1.5em}table{border-collapse:collapse;margin:.5em 0 2em}
            th,td{padding:.2em .8em .2em 0;text-align:left;vertical-align:top}th{border-bottom:1px solid #888;font-weight:600}
            td.n{text-align:right;font-variant-numeric:tabular-nums}code{font:12px ui-monospace,monospace;white-space:pre-wrap}
            .running{color:#0a7}.blocked{color:#a70}.bad{color:#c33}</style>

            """.utf8
        )
        raw("<title>")
        text(title)
        raw("</title></head><body>\n")
        if let index {
            raw("<p><a href=\"")
            raw(index)
            raw("\">all pages</a></p>\n")
        }
        raw("<h1>")
        text(title)
        raw("</h1>\n")
    }

    /// Markup of ours.
    package mutating func raw(_ markup: StaticString) {
        unsafe bytes.append(
            contentsOf: UnsafeBufferPointer(
                start: markup.utf8Start,
                count: markup.utf8CodeUnitCount
            )
        )
    }

    /// Text of anybody's, escaped for content and for quoted attributes, on one line.
    package mutating func text(_ text: String) {
        for byte in VisibleText.clean(text).utf8 {
            switch byte {
            case UInt8(ascii: "<"): raw("&lt;")
            case UInt8(ascii: ">"): raw("&gt;")
            case UInt8(ascii: "&"): raw("&amp;")
            case UInt8(ascii: "\""): raw("&quot;")
            case UInt8(ascii: "'"): raw("&#39;")
            default: bytes.append(byte)
            }
        }
    }

    /// A cell of a table; a number stands at its right side.
    package mutating func cell(_ content: String?, isNumber: Bool = false) {
        if isNumber { raw("<td class=\"n\">") } else { raw("<td>") }
        if let content { text(content) }
        raw("</td>")
    }

    /// The head of a table; it is closed with `endTable`.
    package mutating func beginTable(_ columns: [String]) {
        raw("<table><tr>")
        for column in columns {
            raw("<th>")
            text(column)
            raw("</th>")
        }
        raw("</tr>\n")
    }

    package mutating func endTable() { raw("</table>\n") }

    /// The whole page; nothing may follow.
    package consuming func finished() -> [UInt8] {
        raw("</body></html>\n")
        return bytes
    }
}
