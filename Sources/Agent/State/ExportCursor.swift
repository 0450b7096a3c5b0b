import Glibc
import Journal
import Pipeline

/// How far a run's spans have been sent.
package struct ExportCursor: Hashable, Sendable {
    /// Of the last event all of whose spans are sent, or passed over; 0 at the beginning.
    package var sequence: UInt64
    /// The run has ended and nothing is left to send.
    package var isDone: Bool

    package init(sequence: UInt64, isDone: Bool) {
        self.sequence = sequence
        self.isDone = isDone
    }

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("seq")
        writer.integer(sequence)
        writer.key("done")
        writer.boolean(isDone)
        writer.endObject()
        return writer.bytes
    }

    init(json: [UInt8]) throws(JSONError) {
        var reader = try JSONReader(json)
        var sequence: UInt64?
        var isDone: Bool?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "seq": sequence = try reader.unsignedInteger()
            case "done": isDone = try reader.boolean()
            default: throw JSONError(.expected("seq or done"), at: reader.offset)
            }
        }
        try reader.finish()
        guard let sequence, let isDone else {
            throw JSONError(.expected("seq and done"), at: reader.offset)
        }
        self.init(sequence: sequence, isDone: isDone)
    }
}

extension RunFolder {
    /// How far the run's spans have been sent; `nil` when they are not to be sent at all.
    package func exportCursor() throws(StateError) -> ExportCursor? {
        let bytes: [UInt8]
        do throws(JournalError) {
            bytes = try storage.readFile(exportPath, limit: 4 << 10)
        } catch .storage(let error) where error.code == ENOENT {
            return nil
        } catch {
            throw .journal(error)
        }
        do throws(JSONError) {
            return try ExportCursor(json: bytes)
        } catch {
            throw .damagedFile(path: exportPath, why: error.description)
        }
    }

    /// Moves the cursor, durably, at once.
    package func setExportCursor(_ cursor: ExportCursor) throws(StateError) {
        try journaled { () throws(JournalError) in
            try storage.replaceFile(exportPath, with: cursor.json, synced: true)
        }
    }
}
