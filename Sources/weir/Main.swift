import Agent
import Glibc
import Telemetry

@main
struct Main {
    static func main() {
        // Before any other thread exists: signals are read from a descriptor.
        SignalInbox.block()
        exit(run(Array(CommandLine.arguments.dropFirst())))
    }

    private static func run(_ words: [String]) -> Int32 {
        guard let name = words.first else {
            Console.error(Help.overview)
            return ExitCode.usage
        }
        if ["help", "--help", "-h"].contains(name) {
            return help(about: words.dropFirst())
        }
        if name == "--version" { return perform(.version, []) }
        guard let command = CommandTable.find(name) else { return unknown(name) }
        return perform(command, words.dropFirst())
    }

    private static func perform(_ command: Command, _ words: ArraySlice<String>) -> Int32 {
        let own = command.passesOn ? words.prefix { $0.hasPrefix("-") && $0 != "--" } : words
        if own.prefix(while: { $0 != "--" }).contains(where: { $0 == "--help" || $0 == "-h" }) {
            Console.out(Help.text(of: command))
            return ExitCode.success
        }
        do {
            return try command.perform(try Arguments(words, of: command))
        } catch let error as UsageError {
            tell(error, of: command)
            return command.passesOn ? ExitCode.wrapperFailed : ExitCode.usage
        } catch let error as CommandError {
            tell(error, of: command)
            return error.exitCode
        } catch {
            tell(error, of: command)
            return command.passesOn ? ExitCode.wrapperFailed : ExitCode.error
        }
    }

    /// Names in it may come from files and agents that say what they like.
    private static func tell(_ error: any Error, of command: Command) {
        Console.error("weir \(command.name): \(VisibleText.cleanLines("\(error)"))")
    }

    private static func help(about words: ArraySlice<String>) -> Int32 {
        guard let name = words.first else {
            Console.out(Help.overview)
            return ExitCode.success
        }
        guard words.count == 1 else {
            Console.error("weir help: one command is meant, or --man")
            return ExitCode.usage
        }
        if name == "--man" {
            Console.out(ManPage.page(CommandTable.all))
            return ExitCode.success
        }
        guard let command = CommandTable.find(name) else { return unknown(name) }
        Console.out(Help.text(of: command))
        return ExitCode.success
    }

    private static func unknown(_ name: String) -> Int32 {
        if CommandTable.planned.contains(name) {
            Console.error("weir: `\(name)` is not supported yet")
        } else {
            let names = CommandTable.all.map(\.name)
            let near = CommandTable.nearest(to: name, among: names)
            let hint = near.map { "; did you mean `weir \($0)`?" } ?? ""
            Console.error("weir: unknown command `\(name)`\(hint)\n  see: weir --help")
        }
        return ExitCode.usage
    }
}

/// A command that could not do what it was asked, with the exit status that says so.
struct CommandError: Error, CustomStringConvertible {
    var description: String
    var exitCode: Int32

    init(_ description: String, exitCode: Int32 = ExitCode.error) {
        self.description = description
        self.exitCode = exitCode
    }
}
