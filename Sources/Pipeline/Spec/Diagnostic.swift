/// One thing that is wrong with a file: what, where, and what to do about it.
package struct Diagnostic: Hashable, Sendable {
    /// Whether the file can be used all the same.
    package enum Severity: String, Sendable {
        case error
        case warning
    }

    package let severity: Severity
    /// As the user named it.
    package let file: String
    package let place: SourcePlace
    /// One line: what is wrong and why.
    package let message: String
    /// One line: what to write instead.
    package let advice: String?

    package init(
        _ severity: Severity = .error,
        file: String,
        place: SourcePlace,
        message: String,
        advice: String? = nil
    ) {
        self.severity = severity
        self.file = file
        self.place = place
        self.message = message
        self.advice = advice
    }

    /// The first line of the rendering, as editors and CI systems recognise it.
    package var headline: String {
        "\(file):\(place.line):\(place.column): \(severity.rawValue): \(message)"
    }

    /// The headline, the line of the file with a caret under the place, and the advice.
    package func rendered(source: SourceText) -> String {
        var text = headline + "\n"
        let excerpt = SourceExcerpt(of: source, at: place)
        let number = String(place.line)
        let gutter = String(repeating: " ", count: max(0, 5 - number.count))
        text += "\(gutter)\(number) | \(excerpt.line)\n"
        text += "\(gutter)\(String(repeating: " ", count: number.count)) | \(excerpt.pad)^\n"
        if let advice { text += "help: \(advice)\n" }
        return text
    }
}

/// Collects what is wrong with a file, bounded: the rest is counted, not kept.
package struct DiagnosticList: Sendable {
    private let source: SourceText
    private var errors: [Diagnostic] = []
    private var warnings: [Diagnostic] = []
    /// How many more there were than `Limits.diagnostics` of a kind.
    package private(set) var omitted = 0

    package init(source: SourceText) {
        self.source = source
    }

    /// Whether the file cannot be used.
    package var hasErrors: Bool { !errors.isEmpty }

    /// Whether another error would be kept: if not, its words need not be found.
    package var hasRoom: Bool { errors.count < Limits.diagnostics }

    /// All of them, in the order of the file.
    package var sorted: [Diagnostic] {
        (errors + warnings).enumerated()
            .sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }
            .map(\.element)
    }

    /// Adds a fault, or counts it if there are too many.
    package mutating func report(
        _ fault: @autoclosure () -> some SpecFault,
        at offset: Int,
        severity: Diagnostic.Severity = .error
    ) {
        let isFull = (severity == .error ? errors : warnings).count >= Limits.diagnostics
        guard !isFull else {
            omitted += 1
            return
        }
        let fault = fault()
        let diagnostic = Diagnostic(
            severity,
            file: source.file,
            place: source.place(at: offset),
            message: fault.message,
            advice: fault.advice
        )
        if severity == .error { errors.append(diagnostic) } else { warnings.append(diagnostic) }
    }

    /// The place of an offset, for messages that point to a second place.
    package func place(at offset: Int) -> SourcePlace { source.place(at: offset) }
}

/// A fault of a spec: a case of a closed enum, with the words for it.
package protocol SpecFault {
    /// One line: what is wrong and why.
    var message: String { get }
    /// One line: what to write instead.
    var advice: String? { get }
}
