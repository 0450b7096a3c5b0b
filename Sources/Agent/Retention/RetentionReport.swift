package import Pipeline

/// What came of looking for runs to delete.
package struct RetentionReport: Hashable, Sendable {
    package struct Deleted: Hashable, Sendable {
        package var run: RunID
        package var pipeline: String
        package var why: Retention.Excess
        /// With what its steps left.
        package var bytes: Int64
    }

    /// A run that somebody should look at.
    package struct Remark: Hashable, Sendable {
        package var run: RunID
        package var why: String
    }

    /// Where the runs are.
    package var folder: String
    /// Nothing was changed: `deleted` is what would be.
    package var isDry: Bool
    package var deleted: [Deleted] = []
    package var kept: [Retention.Hold: Int] = [:]
    package var remarks: [Remark] = []
    /// What crashes left of deletions and beginnings, removed.
    package var leftovers = 0
    /// More runs are to go, in another turn.
    package var hasMore = false

    package init(folder: String, isDry: Bool = false) {
        self.folder = folder
        self.isDry = isDry
    }

    package var bytes: Int64 { deleted.reduce(0) { $0 &+ $1.bytes } }

    /// Takes over what a later turn came to.
    package mutating func append(_ next: RetentionReport) {
        deleted += next.deleted
        kept = next.kept
        remarks += next.remarks.filter { !remarks.contains($0) }
        leftovers += next.leftovers
        hasMore = next.hasMore
    }

    mutating func keep(_ run: RunID, _ hold: Retention.Hold, _ why: String? = nil) {
        kept[hold, default: 0] += 1
        if let why { remarks.append(Remark(run: run, why: why)) }
    }
}

extension RetentionReport {
    /// One object.
    ///
    ///     {"folder":…,"dry_run":…,"deleted":[{"run":…,"pipeline":…,"why":…,"bytes":…}],
    ///      "bytes":…,"kept":{"limits":…},"remarks":[{"run":…,"why":…}],"leftovers":…,"more":…}
    package var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("folder")
        json.string(folder)
        json.key("dry_run")
        json.boolean(isDry)
        json.key("deleted")
        json.beginArray()
        for run in deleted { run.write(to: &json) }
        json.endArray()
        json.key("bytes")
        json.integer(bytes)
        json.key("kept")
        json.beginObject()
        for hold in Retention.Hold.allCases {
            guard let count = kept[hold] else { continue }
            json.key(hold.rawValue)
            json.integer(count)
        }
        json.endObject()
        json.key("remarks")
        json.beginArray()
        for remark in remarks { remark.write(to: &json) }
        json.endArray()
        json.key("leftovers")
        json.integer(leftovers)
        json.key("more")
        json.boolean(hasMore)
        json.endObject()
        return json.bytes
    }

    /// Reads what `json` writes; `nil` for anything else.
    package init?(json value: JSONValue) {
        guard let folder = value["folder"]?.string, let isDry = value["dry_run"]?.boolean,
            let deleted = value["deleted"]?.array, let kept = value["kept"]?.object,
            let remarks = value["remarks"]?.array, let leftovers = value["leftovers"]?.integer,
            let hasMore = value["more"]?.boolean
        else { return nil }
        self.init(folder: folder, isDry: isDry)
        self.deleted = deleted.compactMap(Deleted.init(json:))
        self.remarks = remarks.compactMap(Remark.init(json:))
        for member in kept {
            guard let hold = Retention.Hold(rawValue: member.key),
                let count = member.value.integer
            else { return nil }
            self.kept[hold] = Int(clamping: count)
        }
        self.leftovers = Int(clamping: leftovers)
        self.hasMore = hasMore
        guard self.deleted.count == deleted.count, self.remarks.count == remarks.count else {
            return nil
        }
    }
}

extension RetentionReport.Deleted {
    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("run")
        json.string(run.description)
        json.key("pipeline")
        json.string(pipeline)
        json.key("why")
        json.string(why.rawValue)
        json.key("bytes")
        json.integer(bytes)
        json.endObject()
    }

    fileprivate init?(json value: JSONValue) {
        guard let run = value["run"]?.string.flatMap({ RunID(hex: $0) }),
            let pipeline = value["pipeline"]?.string,
            let why = value["why"]?.string.flatMap(Retention.Excess.init(rawValue:)),
            let bytes = value["bytes"]?.integer
        else { return nil }
        self.init(run: run, pipeline: pipeline, why: why, bytes: bytes)
    }
}

extension RetentionReport.Remark {
    fileprivate func write(to json: inout JSONWriter) {
        json.beginObject()
        json.key("run")
        json.string(run.description)
        json.key("why")
        json.string(why)
        json.endObject()
    }

    fileprivate init?(json value: JSONValue) {
        guard let run = value["run"]?.string.flatMap({ RunID(hex: $0) }),
            let why = value["why"]?.string
        else { return nil }
        self.init(run: run, why: why)
    }
}
