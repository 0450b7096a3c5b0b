import Glibc
import Journal
import Pipeline

/// How far a stream of a run has been sent.
package struct ExportCursor: Hashable, Sendable {
    /// Of the last line all of which is sent, or passed over; 0 at the beginning.
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
        try exportCursor(of: .spans)
    }

    /// Moves the cursor of the run's spans, durably, at once.
    package func setExportCursor(_ cursor: ExportCursor) throws(StateError) {
        try setExportCursor(cursor, of: .spans)
    }

    /// How far the stream has been sent; `nil` where no cursor was ever set.
    package func exportCursor(of stream: ExportStream) throws(StateError) -> ExportCursor? {
        let path = cursorPath(of: stream)
        let bytes: [UInt8]
        do throws(JournalError) {
            bytes = try storage.readFile(path, limit: 4 << 10)
        } catch .storage(let error) where error.code == ENOENT {
            return nil
        } catch {
            throw .journal(error)
        }
        do throws(JSONError) {
            return try ExportCursor(json: bytes)
        } catch {
            throw .damagedFile(path: path, why: error.description)
        }
    }

    /// Moves the stream's cursor, durably, at once.
    package func setExportCursor(
        _ cursor: ExportCursor,
        of stream: ExportStream
    ) throws(StateError) {
        try journaled { () throws(JournalError) in
            try storage.replaceFile(cursorPath(of: stream), with: cursor.json, synced: true)
        }
    }
}
