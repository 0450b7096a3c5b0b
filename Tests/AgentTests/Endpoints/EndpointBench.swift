import Glibc
import Pipeline
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Agent
@testable import Transport

/// The routes of an agent without a socket: a request goes in, a response comes out.
struct EndpointBench {
    let folder = TemporaryDirectory()
    let memory = TemporaryDirectory(in: "/dev/shm")
    let desk: AgentDesk
    let routes: AgentRoutes

    init(
        threads: @escaping RunHost.Threads = { name, body throws(SystemError) in
            try NamedThread(name, body)
        }
    ) throws {
        let state = StateFolder(path: folder.path + "/state")
        try state.prepare()
        mkdir(folder.path + "/pipelines", 0o700)
        try Self.write(
            """
            name: greet
            description: Says hello
            params: {who: {type: string, default: world}, times: {type: integer, default: 1}}
            steps: {hello: {run: 'echo "hello $WEIR_PARAM_WHO $WEIR_PARAM_TIMES $TRACEPARENT"'}}
            """,
            to: folder.path + "/pipelines/greet.yaml"
        )
        try Self.write(
            "name: wait\nsteps: {long: {run: 'sleep 60'}}\n",
            to: folder.path + "/pipelines/wait.yaml"
        )
        let environment = ["PATH": "/usr/bin:/bin"]
        let setting = RunSetting(
            environment: environment,
            telemetry: OTelConfiguration(environment: environment),
            resource: []
        )
        let ids = Atomic<UInt64>(0)
        let box = Counter(ids: ids)
        let work = try WorkThread("weir-work")
        let token = try AgentToken(in: state)
        let spans = try SpanWatch(MetricRegistry())
        desk = AgentDesk(
            host: try RunHost(
                setting,
                in: state,
                children: ChildRegistry(sweeps: false),
                observers: { [spans.listener(of: $0)] },
                threads: threads
            ),
            state: state,
            pipelines: try PipelineFolder(folder.path + "/pipelines"),
            token: token,
            environment: environment,
            work: work,
            reading: try WorkThread("weir-read"),
            requests: RequestIndex(),
            spans: spans,
            newID: { RunID(startedAt: RunClock.wallNow, random: (7, box.next())) }
        )
        let shown = ShownTotals(of: token, ["XDG_RUNTIME_DIR": memory.path])
        let metrics = AgentMetrics(in: state, work: work, shown: shown)
        let retention = AgentRetention(.standard, in: state, metrics, on: desk.reading)
        routes = AgentRoutes(desk, metrics, listening: [], retention)
    }

    private final class Counter: Sendable {
        let ids: Atomic<UInt64>

        init(ids: consuming Atomic<UInt64>) { self.ids = ids }

        func next() -> UInt64 { ids.add(1, ordering: .relaxed).newValue }
    }

    private static func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        try #require(fputs(text, file) >= 0)
    }

    func ask(
        _ method: HTTPMethod,
        _ target: String,
        _ body: String = "",
        _ headers: HTTPFields = [:],
        token: String? = nil
    ) throws -> HTTPResponse {
        var fields = headers
        if let token { fields.append("Authorization", "Bearer \(token)") }
        if !body.isEmpty { fields.append("Content-Type", "application/json") }
        return try send(method, target, fields, Array(body.utf8))()
    }

    /// Sends a request with the token, and gives what waits for the answer.
    func begin(
        _ method: HTTPMethod,
        _ target: String,
        _ headers: HTTPFields
    ) throws -> () throws -> HTTPResponse {
        var fields = headers
        fields.append("Authorization", "Bearer \(token)")
        return try send(method, target, fields, [])
    }

    private func send(
        _ method: HTTPMethod,
        _ target: String,
        _ fields: HTTPFields,
        _ body: [UInt8]
    ) throws -> () throws -> HTTPResponse {
        let request = HTTPRequest(
            method: method,
            target: try #require(HTTPTarget(target.utf8)),
            headers: fields,
            body: body,
            declaresBody: true
        )
        switch routes.reply(to: request).kind {
        case .now(let response): return { response }
        case .later(let begin): return try awaited(begin)
        case .task(let body):
            return try awaited { responder in
                _ = Task(executorPreference: InlineExecutor()) {
                    responder.answer(await body())
                }
            }
        }
    }

    private func awaited(
        _ begin: (HTTPResponder) -> Void
    ) throws -> () throws -> HTTPResponse {
        let answer = Answer()
        let arrived = try #require(EventDescriptor())
        begin(
            HTTPResponder { response in
                answer.response.withLock { $0 = response }
                arrived.signal()
            }
        )
        return {
            try #require(arrived.wait(atMost: .seconds(60)))
            return try #require(answer.response.withLock { $0 })
        }
    }

    /// Goes on wherever it is woken: the threads of the pool may all be waiting in tests.
    private final class InlineExecutor: TaskExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            UnownedJob(job).runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    private final class Answer: Sendable {
        let response = Mutex<HTTPResponse?>(nil)
    }

    func json(_ response: HTTPResponse) throws -> JSONValue {
        try JSONValue(parsing: response.body)
    }

    var token: String { desk.token.text }
}
