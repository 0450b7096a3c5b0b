import Glibc

/// What `make bench` measures inside of a process; each call prints one line for it.
@main
struct Main {
    static func main() throws {
        let words = CommandLine.arguments.dropFirst()
        let number = words.dropFirst().first.flatMap { Int($0) } ?? 0
        switch (words.first, words.count, number) {
        case ("machine", 1, _): try MachineRow.measure()
        case ("gated", 1, _): try GatedMachineRow.measure()
        case ("planning", 1, _): PlanningRow.measure()
        case ("counter", 2, 1...): HotRow.counter(threads: number)
        case ("histogram", 2, 1...): HotRow.histogram(threads: number)
        case ("scrape", 2, 5...): ScrapeRow.measure(series: number)
        case ("encode", 1, _): SpanRow.encode()
        case ("deliver", 2, _): try SpanRow.deliver(to: CommandLine.arguments[2])
        default:
            print(
                "usage: weir-bench machine | gated | planning | encode | deliver URL"
                    + " | counter|histogram THREADS | scrape SERIES"
            )
            exit(2)
        }
    }
}
