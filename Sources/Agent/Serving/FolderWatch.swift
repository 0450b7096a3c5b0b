import CLinux
import Glibc
import Synchronization
package import Transport

/// Tells when something in some folders has changed: inotify(7), on a thread that sleeps else.
///
/// What an editor or a deployment does in many steps is told once, when it is quiet again. Any
/// change counts, to hidden names as well: a mounted ConfigMap changes by a link called `..data`.
package final class FolderWatch: Sendable {
    private let leaving: EventDescriptor
    private let thread = Mutex<NamedThread?>(nil)

    /// How long nothing must happen, and how long that is waited for.
    private static let quiet = Duration.milliseconds(100)
    private static let patience = 10

    private static let mask =
        UInt32(IN_CLOSE_WRITE) | UInt32(IN_CREATE) | UInt32(IN_DELETE) | UInt32(IN_MOVED_FROM)
        | UInt32(IN_MOVED_TO) | UInt32(IN_ATTRIB) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)

    /// Watches from now on.
    ///
    /// - Parameter folders: By their paths what is called, on the watch's own thread. If a folder
    ///   is replaced, the new one is watched from then on.
    /// - Throws: What the system has none of: watches are few on some machines
    ///   (`fs.inotify.max_user_watches`, `max_user_instances`).
    package init(
        _ folders: [(path: String, changed: @Sendable () -> Void)]
    ) throws(SystemError) {
        guard let leaving = EventDescriptor() else { throw SystemError("eventfd") }
        self.leaving = leaving
        let watch = try Watch(folders.map(\.path))
        let started = try NamedThread("weir-watch") {
            while let places = watch.waitForChange(or: leaving) {
                for place in places { folders[place].changed() }
            }
        }
        thread.withLock { $0 = started }
    }

    /// Watches no more; further calls mean nothing.
    package func stop() {
        guard let thread = thread.withLock({ $0.take() }) else { return }
        leaving.signal()
        thread.join()
    }

    private final class Watch: Sendable {
        private let inotify: Int32
        private let paths: [String]
        /// By the kernel's number of a watch the place of its folder.
        private let places = Mutex<[Int32: Int]>([:])

        init(_ paths: [String]) throws(SystemError) {
            self.paths = paths
            inotify = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
            guard inotify >= 0 else { throw SystemError("inotify_init1") }
            for place in paths.indices where !add(place) {
                throw SystemError("inotify_add_watch", paths[place])
            }
        }

        private func add(_ place: Int) -> Bool {
            let number = unsafe inotify_add_watch(inotify, paths[place], FolderWatch.mask)
            guard number >= 0 else { return false }
            places.withLock { $0[number] = place }
            return true
        }

        deinit {
            if inotify >= 0 { close(inotify) }
        }

        /// - Returns: The places of the folders that have changed; `nil` when it is to be left.
        func waitForChange(or leaving: EventDescriptor) -> Set<Int>? {
            guard wait(or: leaving, atMost: -1) else { return nil }
            var changed: Set<Int> = []
            for _ in 0..<FolderWatch.patience {
                changed.formUnion(drain())
                let limit = Int32(FolderWatch.quiet / .milliseconds(1))
                guard wait(or: leaving, atMost: limit) else { break }
            }
            changed.formUnion(drain())
            // A folder of the same name may have taken its place; where none has, only SIGHUP sees
            // it come back.
            for place in changed { _ = add(place) }
            return leaving.wait(atMost: .zero) ? nil : changed
        }

        /// - Returns: Whether there is something to read.
        private func wait(or leaving: EventDescriptor, atMost milliseconds: Int32) -> Bool {
            var polls = [
                pollfd(fd: inotify, events: Int16(POLLIN), revents: 0),
                pollfd(fd: leaving.number, events: Int16(POLLIN), revents: 0),
            ]
            while unsafe poll(&polls, 2, milliseconds) < 0, errno == EINTR {}
            return polls[0].revents != 0 && polls[1].revents == 0
        }

        /// Reads what was reported; of each event the watch's number is what counts.
        private func drain() -> Set<Int> {
            var changed: Set<Int> = []
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while true {
                let count = unsafe Glibc.read(inotify, &buffer, buffer.count)
                guard count > 0 else { return changed }
                let known = places.withLock { $0 }
                var start = 0
                while start + 16 <= count {
                    // inotify_event: wd, mask, cookie, len, and `len` bytes of a name.
                    let number = Int32(truncatingIfNeeded: word(buffer, start))
                    // After too many (IN_Q_OVERFLOW, number -1) nobody knows which it was.
                    if number == -1 { changed.formUnion(paths.indices) }
                    if let place = known[number] { changed.insert(place) }
                    start += 16 + Int(word(buffer, start + 12))
                }
            }
        }

        private func word(_ bytes: [UInt8], _ start: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
        }
    }
}
