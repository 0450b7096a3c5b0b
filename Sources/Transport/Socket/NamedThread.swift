internal import CLinux
internal import Glibc

/// A thread of ours, with a name, that leaves signals to the loop that waits for them.
package final class NamedThread: Sendable {
    private let handle: pthread_t

    /// Starts `body` on a thread of its own.
    ///
    /// - Parameters:
    ///   - name: Seen in `/proc/<pid>/task/*/comm`; the kernel keeps 15 bytes of it.
    ///   - body: Runs once; the thread ends with it.
    /// - Throws: When the system has no thread to give; `body` is then never run.
    package init(_ name: String, _ body: sending @escaping () -> Void) throws(SystemError) {
        let short = String(decoding: name.utf8.prefix(15), as: UTF8.self)
        let box = unsafe Unmanaged.passRetained(ThreadBody(name: short, run: body))
        var handle = pthread_t()
        let code = unsafe pthread_create(&handle, nil, threadEntry, box.toOpaque())
        guard code == 0 else {
            unsafe box.release()
            throw SystemError("pthread_create", name, code: code)
        }
        self.handle = handle
    }

    /// Waits for its end; once, and not after `detach`.
    ///
    /// A thread that lets go of the last thing that owns it cannot wait for itself: it is left to
    /// itself then.
    package func join() {
        guard pthread_equal(handle, pthread_self()) == 0 else { return detach() }
        pthread_join(handle, nil)
    }

    /// Leaves the thread to itself: nobody waits for its end any more.
    package func detach() {
        pthread_detach(handle)
    }
}

private final class ThreadBody {
    let name: String
    let run: () -> Void

    init(name: String, run: @escaping () -> Void) {
        self.name = name
        self.run = run
    }
}

private func threadEntry(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    let body = unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
    _ = unsafe pthread_setname_np(pthread_self(), body.name)
    ThreadSignals.block()
    body.run()
    return nil
}
