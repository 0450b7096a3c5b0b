/// The values of a run's parameters: what was given, checked, and the defaults for the rest.
package enum ParamResolution {
    /// A parameter with its value as text.
    package typealias Value = (name: String, value: String)

    /// Every fault of one request, so that a caller sees them at once.
    package struct Rejection: Error, Hashable, Sendable, CustomStringConvertible {
        package let faults: [ParamFault]

        /// One line for each fault.
        package var description: String { faults.map(\.description).joined(separator: "\n") }
    }

    /// The values in the order of `definitions`, as text: integers and dates in their one form,
    /// all else as given.
    package static func resolve(
        _ definitions: [ParamDefinition],
        given: [Value],
        run: RunID,
        scheduledAt: Timestamp,
        scheduledOffset: Int = 0
    ) throws(Rejection) -> [Value] {
        var faults: [ParamFault] = []
        var givenByName: [String: String] = [:]
        let known = Set(definitions.map(\.name))
        for param in given {
            if !known.contains(param.name) {
                let names = definitions.map(\.name)
                let suggestion = NameSuggestion.nearest(to: param.name, among: names)
                faults.append(.unknown(param.name, suggestion: suggestion))
            } else if givenByName[param.name] != nil {
                faults.append(.givenTwice(param.name))
            } else {
                givenByName[param.name] = param.value
            }
        }
        var values: [Value] = []
        for definition in definitions {
            let standard = definition.defaultValue.map {
                rendered($0, run: run, scheduledAt: scheduledAt, scheduledOffset)
            }
            guard let text = givenByName[definition.name] ?? standard else {
                faults.append(.missing(definition.name))
                continue
            }
            do {
                let value = try definition.checked(text)
                values.append((definition.name, value))
            } catch {
                faults.append(error)
            }
        }
        guard faults.isEmpty else { throw Rejection(faults: faults) }
        return values
    }

    /// A default may refer to the run alone; the planner has refused every other reference.
    private static func rendered(
        _ template: Template,
        run: RunID,
        scheduledAt: Timestamp,
        _ utcOffset: Int
    ) -> String {
        template.rendered { reference in
            switch reference {
            case .runID: run.description
            case .runScheduledAt: RunClockText.instant(scheduledAt, utcOffset: utcOffset)
            case .runScheduledDate: RunClockText.date(scheduledAt, utcOffset: utcOffset)
            case .param, .env, .output, .directory, .secret: ""
            }
        }
    }
}

extension ParamDefinition {
    /// The value in its one form, if it is of the kind, within the bounds and among the choices.
    package func checked(_ value: String) throws(ParamFault) -> String {
        let bytes = value.utf8.count
        guard bytes <= Limits.outputValueBytes else { throw .tooLong(name, bytes: bytes) }
        guard !value.utf8.contains(0) else { throw .unprintable(name) }
        let (text, number) = try typed(value)
        if let number {
            if let minimum, number < minimum {
                throw .belowMinimum(name, value: text, minimum: minimum)
            }
            if let maximum, number > maximum {
                throw .aboveMaximum(name, value: text, maximum: maximum)
            }
        }
        guard choices.isEmpty || choices.contains(text) else {
            throw .notAChoice(name, value: text, choices: choices)
        }
        return text
    }

    private func typed(_ value: String) throws(ParamFault) -> (String, Double?) {
        let mismatch = ParamFault.mismatch(name, value: value, kind: kind)
        switch kind {
        case .string: return (value, nil)
        case .boolean:
            guard value == "true" || value == "false" else { throw mismatch }
            return (value, nil)
        case .date:
            guard let date = CalendarDate(value) else { throw mismatch }
            return (date.description, nil)
        case .integer:
            guard let integer = Int64(value) else { throw mismatch }
            return (String(integer), Double(integer))
        case .number:
            // The core schema's decimal form: what `Double` also takes (`nan`, `0x1p3`) is no
            // number to a reader of the file.
            let scalar = YAMLScalar(text: value, style: .plain, sourceStart: 0)
            switch scalar.value {
            case .integer(let integer): return (value, Double(integer))
            case .float(let number) where number.isFinite: return (value, number)
            case .null, .boolean, .float, .text: throw mismatch
            }
        }
    }
}
