/// Reads the strict subset of YAML 1.2 in which pipelines are written; JSON is part of it.
///
/// Refused with an error, never misread: anchors, aliases, tags, merge keys, directives, several
/// documents, duplicate and complex keys, tabs as indentation. What can be skipped is recorded and
/// reading goes on, so that one pass lists as much as possible; what cannot ends the reading.
///
/// The methods follow the grammar; each file of the type reads one family of nodes. `position` is
/// a byte offset, and a column is a distance in bytes from the line's start: in front of a token
/// that opens a level stand only spaces, `-` and refused properties.
package struct YAMLReader {
    let bytes: [UInt8]
    var position: Int
    /// The offset at which the current line begins.
    var lineStart: Int
    var depth = 0
    private var diagnostics: DiagnosticList

    /// The root node, unless the text could not be read to its end or is empty; what is wrong is
    /// reported to `diagnostics`.
    package static func read(
        _ source: SourceText,
        reporting diagnostics: inout DiagnosticList
    ) -> YAMLNode? {
        if let error = YAMLText.fault(in: source) {
            diagnostics.report(error.fault, at: error.offset)
            return nil
        }
        var reader = YAMLReader(source, diagnostics)
        defer { diagnostics = reader.diagnostics }
        do {
            return try reader.document()
        } catch {
            reader.diagnostics.report(error.fault, at: error.offset)
            return nil
        }
    }

    private init(_ source: SourceText, _ diagnostics: DiagnosticList) {
        bytes = source.bytes
        position = source.contentStart
        lineStart = source.contentStart
        self.diagnostics = diagnostics
    }

    /// Records a fault after which reading can go on.
    mutating func record(_ fault: YAMLFault, at offset: Int) {
        diagnostics.report(fault, at: offset)
    }

    func place(at offset: Int) -> SourcePlace { diagnostics.place(at: offset) }

    /// `l-yaml-stream` (§9.2), cut to one document.
    private mutating func document() throws(YAMLError) -> YAMLNode? {
        try skipToContent()
        while column == 0, current == UInt8(ascii: "%") {
            record(.directive, at: position)
            skipLine()
            try skipToContent()
        }
        var root: YAMLNode?
        if isAtDocumentMarker(UInt8(ascii: "-")) {
            position += 3
            root = try blockValue(below: -1, after: .marker)
        } else if !isAtEnd, !isAtDocumentMarker(UInt8(ascii: ".")) {
            root = try blockNode(below: -1, placement: .ownLine)
        }
        try skipToContent()
        try endOfDocument()
        return root
    }

    private mutating func endOfDocument() throws(YAMLError) {
        if isAtDocumentMarker(UInt8(ascii: ".")) {
            position += 3
            try finishLine()
            try skipToContent()
        }
        guard !isAtEnd else { return }
        let isMarker = isAtDocumentMarker(UInt8(ascii: "-"))
        throw YAMLError(fault: isMarker ? .severalDocuments : strayFault, offset: position)
    }

    private var strayFault: YAMLFault {
        switch current {
        case UInt8(ascii: "]"): .strayBracket("]")
        case UInt8(ascii: "}"): .strayBracket("}")
        default: .contentAfterDocument
        }
    }

    /// Runs `body` one level deeper: recursion must end whatever the file says.
    mutating func nested<Value>(
        _ body: (inout YAMLReader) throws(YAMLError) -> Value
    ) throws(YAMLError) -> Value {
        guard depth < Limits.specDepth else { throw YAMLError(fault: .tooDeep, offset: position) }
        depth += 1
        let value = try body(&self)
        depth -= 1
        return value
    }
}
