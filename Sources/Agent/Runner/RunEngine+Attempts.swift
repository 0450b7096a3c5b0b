import CLinux
import Glibc
import Pipeline
import Transport

extension RunEngine {
    func launch(_ attempt: AttemptRef, _ step: Int, at now: Timestamp) {
        let before = ContinuousClock.now
        floor.refresh(at: now)
        let ticks = ticksSinceBoot()
        let request: LaunchRequest
        let process: SpawnedProcess
        do {
            request = try environment.request(
                for: attempt,
                stepIndex: step,
                outputs: outputs,
                result: machine.plan.steps[step].isFinal ? machine.verdict.result : nil
            )
            try makeFolder(of: step)
            process = try start(request)
        } catch {
            let report = AttemptReport(.notLaunched(mask.masked(error.description)))
            inputs.append(.ended(attempt, report))
            return
        }
        let active = ActiveAttempt(
            attempt,
            process,
            memoryFloor: floor.bytes,
            outputPath: request.outputPath,
            logs: logs
        )
        active.startedAt = now
        active.begunAfter = before
        if attempt.part == .main, let limit = machine.plan.steps[step].idleTimeout {
            active.silence = (now, limit)
        }
        watch(active)
        handTerminal(to: process.pid)
        launches.append(.launched(attempt, pid: process.pid, startTicks: ticks))
    }

    private func start(_ request: LaunchRequest) throws(LaunchError) -> SpawnedProcess {
        guard let children = context.children else { return try spawner.spawn(request) }
        return try children.spawn { () throws(LaunchError) in try spawner.spawn(request) }
    }

    private func makeFolder(of step: Int) throws(LaunchError) {
        guard machine.plan.steps[step].hasDirectory else { return }
        let path = environment.directory(of: step)
        guard makeFolders(path) else {
            throw LaunchError(description: "cannot make \(path): \(systemErrorText(errno))")
        }
    }

    private func watch(_ active: ActiveAttempt) {
        let slot = slots.insert(active)
        do {
            try queue.add(active.process.pidfd, token: slots.token(slot, .exit))
            guard context.isCaptured else { return }
            try queue.add(active.out.descriptor, token: slots.token(slot, .out))
            try queue.add(active.err.descriptor, token: slots.token(slot, .err))
        } catch {
            // Out of kernel memory: without its exit the attempt would never end.
            _ = kill(-active.process.pid, SIGKILL)
            end(slot)
        }
    }

    func notice(_ event: EpollQueue.Event) {
        guard let (slot, kind, active) = slots.find(event.token) else { return }
        switch kind {
        case .exit: end(slot)
        case .out, .err:
            let isOpen = read(active, kind, bytesMax: readBuffer.count)
            if isOpen { report(active) } else { closeStream(active, kind) }
        }
    }

    /// Reads what is there.
    ///
    /// - Returns: False once nothing can follow.
    private func read(_ active: ActiveAttempt, _ kind: StreamKind, bytesMax: Int) -> Bool {
        let descriptor = kind == .out ? active.out.descriptor : active.err.descriptor
        guard descriptor >= 0 else { return false }
        var total = 0
        while total < bytesMax {
            let count = unsafe Glibc.read(descriptor, &readBuffer, readBuffer.count)
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            if count == 0 { return false }
            total += count
            let bytes = readBuffer[..<count]
            let now = clock.now
            active.silence?.since = now
            if kind == .out {
                active.out.take(bytes, mask: mask, into: &active.log, at: now)
            } else {
                active.err.take(bytes, mask: mask, into: &active.log, at: now)
            }
            noteUnfinished(active, at: now)
        }
        return true
    }

    /// At once, or a level-triggered epoll would report the hang-up until the process ends.
    private func closeStream(_ active: ActiveAttempt, _ kind: StreamKind) {
        let descriptor = kind == .out ? active.out.descriptor : active.err.descriptor
        guard descriptor >= 0 else { return }
        queue.remove(descriptor)
        _ = close(descriptor)
        if kind == .out {
            active.out.end(mask: mask, into: &active.log, at: clock.now)
            active.out.descriptor = -1
        } else {
            active.err.end(mask: mask, into: &active.log, at: clock.now)
            active.err.descriptor = -1
        }
    }

    /// The leader has ended: so has the attempt, whoever else still holds its pipes.
    private func end(_ slot: Int) {
        guard let active = slots.remove(slot) else { return }
        for kind in [StreamKind.out, .err] where context.isCaptured {
            // At most what a pipe can hold, so that a descendant that keeps writing ends too.
            _ = read(active, kind, bytesMax: 1 << 20)
            closeStream(active, kind)
        }
        queue.remove(active.process.pidfd)
        let end = reap(active.process.pid)
        context.children?.forget(active.process.pid)
        _ = close(active.process.pidfd)
        let (taken, fault) =
            outputsFolder.mayHoldFiles ? takeOutputs(active.outputPath) : ([], nil)
        var report = AttemptReport(
            end.ending,
            usage: floor.usage(of: end, floor: active.memoryFloor, since: active.begunAfter),
            executable: active.process.program,
            tail: active.tail,
            outputs: taken,
            outputFault: fault
        )
        if report.looksKilled {
            let now = clock.now
            report.oom = oom.finding(since: active.startedAt, at: now, others: runningEverywhere)
        } else {
            oom.noteEnd()
        }
        inputs.append(.ended(active.attempt, report))
    }

    /// Attempts that run now, those of other runs in this process included.
    var runningEverywhere: Int { context.children?.count ?? slots.pids.count }

    private func takeOutputs(_ path: String) -> ([AttemptReport.Output], String?) {
        let number = unsafe weir_open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0)
        guard number >= 0 else { return ([], nil) }
        let descriptor = FileDescriptor(number)
        _ = unsafe unlink(path)
        var bytes: [UInt8] = []
        while bytes.count <= OutputFile.bytesMax {
            let count = unsafe Glibc.read(descriptor.number, &readBuffer, readBuffer.count)
            guard count > 0 else { break }
            bytes += readBuffer[..<count]
        }
        guard bytes.count <= OutputFile.bytesMax else {
            return ([], "the outputs are larger than \(OutputFile.bytesMax >> 20) MiB")
        }
        return OutputFile.parse(bytes, mask: mask)
    }

    func flushHeld(at now: Timestamp) {
        for active in slots.all {
            if let since = active.out.heldSince, now - since >= RunEngine.holdLimit {
                active.out.flush(mask: mask, into: &active.log, isFinal: true, at: now)
            }
            if let since = active.err.heldSince, now - since >= RunEngine.holdLimit {
                active.err.flush(mask: mask, into: &active.log, isFinal: true, at: now)
            }
            noteUnfinished(active, at: now)
        }
    }

    /// Has the beginning of a line logged in a while, if its end does not come before.
    private func noteUnfinished(_ active: ActiveAttempt, at now: Timestamp) {
        guard linesDue == nil, active.log.unfinishedSince != nil else { return }
        linesDue = now + AttemptLog.holdLimit
    }

    /// Logs the beginnings of lines that have waited long enough for their ends.
    func flushLines(at now: Timestamp) {
        linesDue = nil
        for active in slots.all {
            active.log.flushUnfinished(at: now)
            guard let since = active.log.unfinishedSince else { continue }
            let due = since + AttemptLog.holdLimit
            linesDue = min(linesDue ?? due, due)
        }
    }

    func noticeSilence(at now: Timestamp) {
        for active in slots.all {
            guard let silence = active.silence, silence.since + silence.limit <= now else {
                continue
            }
            // Told once: what follows is the machine's.
            active.silence = nil
            inputs.append(.silent(active.attempt))
        }
    }

    private func report(_ active: ActiveAttempt) {
        let now = clock.now
        guard now - active.observedAt >= .milliseconds(100), let line = active.lastLine else {
            return
        }
        active.observedAt = now
        sink.observe(active.attempt, lastLine: line)
    }
}

/// Makes a folder and those above it.
func makeFolders(_ path: String) -> Bool {
    if unsafe mkdir(path, 0o777) == 0 || errno == EEXIST { return true }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
        return false
    }
    return makeFolders(String(path[..<slash]))
        && (unsafe mkdir(path, 0o777) == 0 || errno == EEXIST)
}
