import CLinux
import Glibc
import Pipeline
import Transport

/// A run's folder in memory, where attempts leave their outputs: 0700, removed with the run's end.
struct ScratchFolder {
    let path: String

    /// Makes the folder, or takes over what a former owner of the run left.
    ///
    /// - Parameters:
    ///   - run: Gives the folder its name.
    ///   - environment: Names the runtime directory, if there is one.
    ///   - fallback: Where it is made when neither that nor /dev/shm can be written.
    /// - Throws: Why the last of the three could not be made.
    init(run: RunID, _ environment: [String: String], fallback: String) throws(SystemError) {
        var last = SystemError("mkdir", fallback, code: ENOENT)
        for base in sharedMemoryFolders(environment) + [fallback] {
            let path = "\(base)/weir-\(run)"
            if makePrivateFolder(path) {
                self.path = path
                empty()
                return
            }
            last = SystemError("mkdir", path)
        }
        throw last
    }

    func remove() {
        empty()
        _ = unsafe rmdir(path)
    }

    private func empty() {
        for name in folderEntries(path) { _ = unsafe unlink("\(path)/\(name)") }
    }
}

/// Where files are usually kept in memory: the runtime directory, if there is one, and /dev/shm.
func sharedMemoryFolders(_ environment: [String: String]) -> [String] {
    let runtime = environment["XDG_RUNTIME_DIR"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    return [runtime, "/dev/shm"].compactMap(\.self)
}

/// Makes the folder for us alone; false leaves `errno`.
///
/// /dev/shm belongs to everyone: a folder that somebody else made is not ours to use.
func makePrivateFolder(_ path: String) -> Bool {
    if unsafe mkdir(path, 0o700) == 0 { return true }
    guard errno == EEXIST else { return false }
    var status = stat()
    let isOurs =
        unsafe lstat(path, &status) == 0 && status.st_uid == geteuid()
        && status.st_mode == S_IFDIR | 0o700
    errno = EEXIST
    return isOurs
}
