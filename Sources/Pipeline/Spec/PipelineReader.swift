/// The front door of specs: text in, a plan or everything that is wrong with it out.
package enum PipelineReader {
    /// Reads a pipeline file.
    ///
    /// `file` stands in messages, and its stem names a pipeline that has no `name`; `zones` is asked
    /// for the time zones of schedules.
    package static func read(
        _ text: [UInt8],
        file: String,
        zones: ZoneSource = .unneeded
    ) -> PipelineReading {
        let source = SourceText(text, file: file)
        var diagnostics = DiagnosticList(source: source)
        var plan: Plan?
        if let root = YAMLReader.read(source, reporting: &diagnostics) {
            let spec = SpecDecoder.decode(root, reporting: &diagnostics)
            plan = Planner.plan(
                spec,
                stem: stem(of: file),
                zones: zones,
                reporting: &diagnostics
            )
        } else if !diagnostics.hasErrors {
            diagnostics.report(ValueFault.emptyFile, at: 0)
        }
        return PipelineReading(plan: plan, source: source, diagnostics)
    }

    /// The file's name without folders and without its last extension.
    private static func stem(of file: String) -> String {
        let name = file.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return String(name) }
        return String(name[..<dot])
    }
}

/// What came of reading a pipeline file.
package struct PipelineReading: Sendable {
    /// Absent if there is any error.
    package let plan: Plan?
    /// In the order of the file.
    package let diagnostics: [Diagnostic]
    /// How many more there were than are kept.
    package let omitted: Int
    /// The text that was read: diagnostics are rendered from it.
    package let source: SourceText

    init(plan: Plan?, source: SourceText, _ diagnostics: DiagnosticList) {
        self.plan = plan
        self.source = source
        self.diagnostics = diagnostics.sorted
        omitted = diagnostics.omitted
    }

    /// All diagnostics with their lines and carets, for a person.
    package var rendered: String {
        var text = diagnostics.map { $0.rendered(source: source) }.joined(separator: "\n")
        if omitted > 0 { text += "\n\(omitted) more are not shown\n" }
        return text
    }
}
