// The C library's `rlimit` is found in whichever of the C modules comes first.
import CLinux
import Glibc
import Telemetry

/// The standard `process_*` metrics, read from `/proc` when somebody scrapes: no disk is waited for.
enum ProcessMetrics {
    /// Clock ticks a second in `/proc`: USER_HZ is 100 on every architecture Linux has.
    private static let ticks: UInt64 = 100
    private static let pageBytes = Double(max(1, sysconf(Int32(_SC_PAGESIZE))))

    static func refresh(_ registry: MetricRegistry) {
        let fields = statFields(of: getpid()) ?? []
        // proc(5) counts from 1 and with the name; `statFields` begins at the third.
        func number(_ field: Int) -> UInt64? {
            fields.count > field - 3 ? UInt64(fields[field - 3]) : nil
        }
        if let user = number(14), let system = number(15) {
            let nanoseconds = (user + system) * (1_000_000_000 / ticks)
            registry.counter(MetricCatalog.processCPU).raise(to: nanoseconds)
        }
        if let bytes = number(23) {
            registry.gauge(MetricCatalog.processVirtualMemory).set(Double(bytes))
        }
        if let pages = number(24) {
            registry.gauge(MetricCatalog.processResidentMemory).set(Double(pages) * pageBytes)
        }
        if let start = number(22), let boot = bootTime {
            let seconds = Double(boot) + Double(start) / Double(ticks)
            registry.gauge(MetricCatalog.processStart).set(seconds)
        }
        registry.gauge(MetricCatalog.processOpenFiles)
            .set(Double(folderEntries("/proc/self/fd").count - 1))
        limit(RLIMIT_NOFILE, MetricCatalog.processMaxFiles, registry)
        limit(RLIMIT_AS, MetricCatalog.processMaxVirtualMemory, registry)
    }

    private static func limit(
        _ resource: __rlimit_resource,
        _ metric: MetricDefinition,
        _ registry: MetricRegistry
    ) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return }
        // As client libraries show it: the largest number when there is no limit.
        registry.gauge(metric).set(Double(limit.rlim_cur))
    }

    private static let bootTime: Int64? = readSmallFile("/proc/stat").flatMap {
        field("btime", in: $0)
    }
}
