import Glibc

/// An open file descriptor with one owner; closed when it goes out of scope.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The number, valid as long as this value lives.
    package let number: Int32

    /// Takes ownership of `number`.
    package init(_ number: Int32) {
        self.number = number
    }

    deinit {
        _ = Glibc.close(number)
    }

    /// Gives the number away: whoever takes it closes it.
    package consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }
}

/// A failed system call: which, on what, and why.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    package var call: String
    package var subject: String
    package var code: Int32

    package init(_ call: String, _ subject: String = "", code: Int32 = errno) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    package var description: String {
        let why = systemErrorText(code)
        return subject.isEmpty ? "\(call): \(why)" : "\(call) \(subject): \(why)"
    }
}

/// The C library's words for an error number, "No such file or directory".
package func systemErrorText(_ code: Int32) -> String {
    unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
}
