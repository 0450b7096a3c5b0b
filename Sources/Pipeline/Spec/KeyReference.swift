/// The reference of all keys as Markdown, written from the key table.
package enum KeyReference {
    /// A table for each map; keys that are refused until they work are marked as such.
    package static func markdown() -> String {
        var text = ""
        for scope in KeyTable.Scope.allCases where scope != .defaults {
            text += "\(text.isEmpty ? "" : "\n")## \(scope.title)\n\n"
            text += "| key | value | default | meaning | since |\n"
            text += "| --- | --- | --- | --- | --- |\n"
            for row in KeyTable.rows(of: scope) { text += line(for: row) }
        }
        let names = KeyTable.rows(of: .defaults).filter(\.isSupported).map(\.name)
        text += "\n`defaults` may hold these keys of a step: \(quotedList(names)).\n"
        return text
    }

    private static func line(for row: KeyTable.Row) -> String {
        let standard =
            switch row.standard {
            case .written(let text): "`\(text)`"
            case .described(let text): text
            case nil: row.isRequired ? "required" : ""
            }
        let cells = [
            "`\(row.name)`", row.type.phrase, standard, row.meaning,
            row.since ?? "not supported yet",
        ]
        // A bar would end the cell.
        return
            "| \(cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |\n"
    }
}

extension KeyTable.Scope {
    fileprivate var title: String {
        switch self {
        case .pipeline: "The pipeline"
        case .step: "A step"
        case .retry: "`retry`"
        case .cache: "`cache`"
        case .parameter: "A parameter"
        case .pool: "A pool"
        case .rateLimit: "A rate limit"
        case .breaker: "A breaker"
        case .compensation: "`compensate`"
        case .schedule: "`schedule`"
        case .defaults: "`defaults`"
        }
    }
}

extension KeyTable.ValueType {
    /// The type in a few words.
    fileprivate var phrase: String {
        switch self {
        case .text, .command, .scalar: "text"
        case .template: "text with references"
        case .pipelineName, .stepName: "name"
        case .integer(let range): "integer, \(range.lowerBound) to \(range.upperBound)"
        case .number: "number"
        case .boolean: "`true` or `false`"
        case .duration: "duration: `1h30m`, `500ms`"
        case .backoff: "`min..max` or a duration"
        case .names: "name or list of names"
        case .nameList: "list of names"
        case .choice(let choices): quotedList(choices)
        case .choices(let choices): "one or a list of \(quotedList(choices))"
        case .arguments: "list of texts with references"
        case .words: "words or a list of words"
        case .exitCodes: "exit code or list, 1 to 255"
        case .scalars: "list of values"
        case .environment: "map from names to texts with references"
        case .parameters: "map from names to parameters"
        case .steps: "map or list of steps"
        case .retry: "map, see `retry`"
        case .cache: "map, see `cache`"
        case .globs: "path pattern or list of them"
        case .defaults: "map of step keys"
        case .gateName: "name"
        case .pools: "map from names to sizes or pools"
        case .rateLimits: "map from names to rates or rate limits"
        case .breakers: "map from names to breakers"
        case .rate: "`number/s`, `/m`, `/h` or `/d`"
        case .compensation: "map, see `compensate`"
        case .schedules: "map or list of maps, see `schedule`"
        case .cron: "five fields or `@…`"
        case .timezone: "name of a time zone"
        case .undecided: ""
        }
    }
}
