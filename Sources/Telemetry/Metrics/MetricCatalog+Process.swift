/// The standard metrics of a process, with the names and help of the official client libraries.
extension MetricCatalog {
    package static let processCPU = MetricDefinition(
        "process_cpu_seconds_total",
        .counter,
        unit: .seconds,
        "Total user and system CPU time spent in seconds.",
        lifetime: .process
    )
    package static let processOpenFiles = MetricDefinition(
        "process_open_fds",
        .gauge,
        "Number of open file descriptors."
    )
    package static let processMaxFiles = MetricDefinition(
        "process_max_fds",
        .gauge,
        "Maximum number of open file descriptors."
    )
    package static let processVirtualMemory = MetricDefinition(
        "process_virtual_memory_bytes",
        .gauge,
        unit: .bytes,
        "Virtual memory size in bytes."
    )
    package static let processMaxVirtualMemory = MetricDefinition(
        "process_virtual_memory_max_bytes",
        .gauge,
        unit: .bytes,
        "Maximum amount of virtual memory available in bytes."
    )
    package static let processResidentMemory = MetricDefinition(
        "process_resident_memory_bytes",
        .gauge,
        unit: .bytes,
        "Resident memory size in bytes."
    )
    package static let processStart = MetricDefinition(
        "process_start_time_seconds",
        .gauge,
        unit: .seconds,
        "Start time of the process since unix epoch in seconds."
    )
}
