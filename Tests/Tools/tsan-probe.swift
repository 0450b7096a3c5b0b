// What the thread sanitizer suite is proved with: `mutex` is right and must pass, `race` is wrong
// and must be reported. Usage: tsan-probe mutex|race
import Glibc
import Synchronization

final class Counter: Sendable {
    let guarded = Mutex(0)
    // Wrong on purpose: two threads add to it at once.
    nonisolated(unsafe) var bare = 0

    // Few: where the threads truly meet, each meeting is a report that the suppressions take long
    // to dismiss.
    func addGuarded() {
        for _ in 0..<2_000 { guarded.withLock { $0 += 1 } }
    }

    func addBare() {
        for _ in 0..<200_000 { bare += 1 }
    }
}

func inFourThreads(_ work: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let work: @Sendable () -> Void
        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }
    var threads = [pthread_t](repeating: pthread_t(), count: 4)
    for index in threads.indices {
        let box = Unmanaged.passRetained(Box(work)).toOpaque()
        pthread_create(
            &threads[index],
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().work()
                return nil
            },
            box
        )
    }
    for thread in threads { pthread_join(thread, nil) }
}

let counter = Counter()
if CommandLine.arguments.last == "race" {
    inFourThreads { counter.addBare() }
} else {
    inFourThreads { counter.addGuarded() }
}
