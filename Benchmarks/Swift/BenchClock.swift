import Glibc

/// Nanoseconds of the clocks that a figure can be in.
enum BenchClock {
    /// Processor time of the calling thread.
    static var thread: Int64 { read(CLOCK_THREAD_CPUTIME_ID) }
    /// Processor time of all threads.
    static var process: Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }
    static var wall: Int64 { read(CLOCK_MONOTONIC) }

    private static func read(_ clock: Int32) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// What `/proc/self/status` says of the process's memory, in bytes.
enum BenchMemory {
    static var resident: Int { read("VmRSS:") }
    static var peak: Int { read("VmHWM:") }

    private static func read(_ field: String) -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
                .split { $0.isWhitespace }
            if words.count > 1, words[0] == field { return (Int(words[1]) ?? 0) << 10 }
        }
        return 0
    }
}
