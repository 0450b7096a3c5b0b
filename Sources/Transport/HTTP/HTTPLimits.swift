/// Every bound of the HTTP server, each with its reason.
package struct HTTPLimits: Sendable {
    /// Bytes of the request line; RFC 9112 §3 asks for at least 8,000; longer: 414.
    package var requestLineBytes = 8 << 10
    /// Bytes of all field lines together; a browser's cookies for localhost fit; more: 431.
    package var headerBytes = 32 << 10
    /// Field lines; a proxy adds a dozen at most; more: 431.
    package var headerCount = 100
    /// Bytes of a body once its chunks are joined; parameters of a run need a few KiB; more: 413.
    package var bodyBytes = 1 << 20
    /// Empty lines that old clients send after a body (RFC 9112 §2.2); more: 400.
    package var emptyLines = 4
    /// Bytes of a chunk's size line with its extensions, which nobody uses; more: 400.
    package var chunkLineBytes = 256

    /// Connections at once: fits beside the engine's pipes into the usual limit of descriptors
    /// when that is raised, and holds 1,000 clients that hang.
    package var connections = 1_024
    /// Bytes held for all connections together: unfinished requests and unsent answers.
    package var heldBytes = 128 << 20
    /// Unsent bytes above which no further pipelined request of a connection is begun.
    package var pipelinedBytes = 64 << 10

    /// From accept, or from a request's first byte, to the end of its head; longer: 408.
    package var headTimeout = Duration.seconds(10)
    /// From the end of the head to the end of the body; longer: 408.
    package var bodyTimeout = Duration.seconds(30)
    /// Between two requests; a scraper comes back within the minute.
    package var idleTimeout = Duration.seconds(75)
    /// A reader must take `writeQuantum` bytes in this time, or all that is left.
    package var writeTimeout = Duration.seconds(30)
    /// What a reader has to take to be given another `writeTimeout`: one byte is no progress.
    package var writeQuantum = 64 << 10
    /// A reply that is given later may take this long, a profile of a minute included; then 503.
    package var replyTimeout = Duration.seconds(180)
    /// After a refusal the rest of the request is read and dropped for so long, because closing
    /// at once would reset the connection and take the answer with it.
    package var lingerTimeout = Duration.seconds(2)
    /// Connections above `connections` that are only told 503, or are at their end.
    package var refusals = 64
    /// A client that has been at its request's head for so long may be shed for a new one.
    package var shedAfter = Duration.milliseconds(500)
    /// The same for a client that has been at its body, or at its answer, for so long.
    package var shedBusyAfter = Duration.seconds(5)

    package init() {}
}
