/// A text with `${…}` references, parsed and checked when the spec is read, rendered when a
/// step starts.
package struct Template: Sendable, Equatable {
    package enum Reference: Sendable, Hashable {
        case param(String)
        case env(String)
        case runID
        case runScheduledAt
        case runScheduledDate
        case output(step: String, key: String)
        case directory(step: String)
        case secret(String)
    }

    package enum Part: Sendable, Equatable {
        case text(String)
        case reference(Reference)
    }

    package var parts: [Part]

    package init(parts: [Part]) {
        self.parts = parts
    }

    /// A template without references.
    package init(text: String) {
        parts = text.isEmpty ? [] : [.text(text)]
    }

    package var references: [Reference] {
        parts.compactMap { part in
            guard case .reference(let reference) = part else { return nil }
            return reference
        }
    }

    /// The text with every reference replaced by what `resolve` gives for it.
    package func rendered<Failure: Error>(
        _ resolve: (Reference) throws(Failure) -> String
    ) throws(Failure) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let literal): text += literal
            case .reference(let reference): text += try resolve(reference)
            }
        }
        return text
    }
}
