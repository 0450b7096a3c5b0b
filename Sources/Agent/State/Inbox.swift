import Glibc
package import Journal
package import Pipeline
import Synchronization

/// A request to whoever runs a run.
package enum InboxRequest: Hashable, Sendable {
    /// End it. Forced: wait for nothing any more.
    case cancel(by: String, isForced: Bool)
    /// End it: this run takes its place.
    case supersede(by: RunID)
}

/// What was found in an inbox.
package enum InboxMessage: Hashable, Sendable {
    case request(InboxRequest)
    /// A file that is no request; it has been removed.
    case refused(name: String, why: String)
}

/// A run's `inbox/`: requests are files, renamed into it whole, so that they work from any process
/// and reach a run that nobody runs at the moment.
///
/// | file | content |
/// |---|---|
/// | `cancel` | `{"by":"weir cancel","forced":false}` |
/// | `supersede` | `{"by":"<run id>"}` |
///
/// A later request replaces an earlier one of its name that has not been taken. Names with a dot
/// in front are being written.
package struct Inbox: Sendable {
    package let path: String
    package let storage: any JournalStorage

    package init(path: String, storage: any JournalStorage = PosixStorage()) {
        self.path = path
        self.storage = storage
    }

    /// A request is a few words.
    private static let bytesMax = 16 << 10
    private static let posted = Atomic(0)

    /// Makes the folder where it is missing: a run has one once somebody looks into it.
    package func make() throws(StateError) {
        try stored { () throws(StorageError) in
            do throws(StorageError) {
                try storage.makeFolder(path)
            } catch {
                guard error.code == EEXIST else { throw error }
            }
        }
    }

    /// Leaves the request for the run's owner, who sees the rename (`IN_MOVED_TO`).
    package func post(_ request: InboxRequest) throws(StateError) {
        let count = Inbox.posted.add(1, ordering: .relaxed).newValue
        var writer = JSONWriter()
        let name: String
        switch request {
        case .cancel(let by, let isForced):
            name = "cancel"
            writer.beginObject()
            writer.key("by")
            writer.string(by)
            writer.key("forced")
            writer.boolean(isForced)
            writer.endObject()
        case .supersede(let run):
            name = "supersede"
            writer.beginObject()
            writer.key("by")
            writer.string(run.description)
            writer.endObject()
        }
        let bytes = writer.bytes
        try make()
        try journaled { () throws(JournalError) in
            try storage.replaceFile(
                path + "/" + name,
                with: bytes,
                synced: false,
                temporary: path + "/.\(name)-\(getpid())-\(count)"
            )
        }
    }

    /// Takes all requests out of the inbox; one that nobody has made yet is empty.
    package func take() throws(StateError) -> [InboxMessage] {
        let names = try stored { () throws(StorageError) in
            do throws(StorageError) {
                return try entries(of: path)
            } catch {
                guard error.code == ENOENT else { throw error }
                return []
            }
        }
        var messages: [InboxMessage] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            let file = path + "/" + name
            messages.append(read(name, at: file))
            // A request that cannot be removed would come back for ever.
            try stored { () throws(StorageError) in try storage.remove(file) }
        }
        return messages
    }

    private func read(_ name: String, at file: String) -> InboxMessage {
        guard ["cancel", "supersede"].contains(name) else {
            return .refused(name: name, why: "unknown request")
        }
        do {
            let bytes = try storage.readFile(file, limit: Inbox.bytesMax)
            let value = try JSONValue(parsing: bytes)
            guard name == "cancel" else {
                guard let run = value["by"]?.string.flatMap(RunID.init(hex:)),
                    value.object?.count == 1
                else { return .refused(name: name, why: #"not {"by": "<run id>"}"#) }
                return .request(.supersede(by: run))
            }
            guard let by = value["by"]?.string, let isForced = value["forced"]?.boolean,
                value.object?.count == 2
            else { return .refused(name: name, why: #"not {"by": "…", "forced": …}"#) }
            return .request(.cancel(by: by, isForced: isForced))
        } catch {
            return .refused(name: name, why: "\(error)")
        }
    }
}
