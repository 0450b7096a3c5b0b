import CLinux
import Glibc
import Transport

/// The folder where attempts leave their outputs, asked whether anything is there at all.
///
/// Most attempts leave nothing, and a look-up that fails costs far more than a `fstat`. A folder of
/// tmpfs grows with every name in it and shrinks with every name that goes; where that is not
/// seen to happen, every attempt's file is looked for.
struct OutputsFolder: ~Copyable {
    private let folder: FileDescriptor
    /// `nil`: the size says nothing here.
    private let emptySize: off_t?

    init(_ path: String) throws(SystemError) {
        let number = unsafe weir_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard number >= 0 else { throw SystemError("open", path) }
        folder = FileDescriptor(number)
        emptySize = Self.emptySize(of: folder, at: path)
    }

    /// False when there is surely no file in the folder.
    var mayHoldFiles: Bool {
        guard let emptySize else { return true }
        return Self.size(of: folder) != emptySize
    }

    /// Tries out whether the size tells: a file comes, and goes.
    private static func emptySize(of folder: borrowing FileDescriptor, at path: String) -> off_t? {
        let probe = "\(path)/.probe"
        guard folderEntries(path).isEmpty, let empty = size(of: folder) else { return nil }
        let number = unsafe weir_open(probe, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard number >= 0 else { return nil }
        let file = FileDescriptor(number)
        let grown = size(of: folder)
        guard unsafe unlink(probe) == 0, size(of: folder) == empty else { return nil }
        _ = consume file
        return grown == empty ? nil : empty
    }

    private static func size(of folder: borrowing FileDescriptor) -> off_t? {
        var status = stat()
        return unsafe fstat(folder.number, &status) == 0 ? status.st_size : nil
    }
}
