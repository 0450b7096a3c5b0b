/// Runs asynchronous handlers on the server's own thread (SE-0417).
///
/// What a handler awaits may come from any thread; the handler itself goes on here, also while
/// every thread of Swift's pool is wedged (G5). `Task.sleep` is not for handlers: its timer needs
/// the pool.
final class HTTPExecutor: TaskExecutor {
    private let mailbox: HTTPMailbox

    init(_ mailbox: HTTPMailbox) {
        self.mailbox = mailbox
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // The server has ended: what is left of its tasks, all cancelled, ends where it is woken.
        if !mailbox.post(job) { run(job) }
    }

    func run(_ job: UnownedJob) {
        unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }
}
