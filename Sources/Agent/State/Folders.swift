import CLinux
import Glibc
import Journal

/// The names in a folder, dots left out, unsorted.
func entries(of folder: String) throws(StorageError) -> [String] {
    guard let stream = unsafe opendir(folder) else {
        throw StorageError(.list, folder, code: errno)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
            unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) {
                unsafe String(cString: $0)
            }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}

extension JournalStorage {
    /// Makes the folder and those above it that are missing, each durably and for its owner alone.
    func makeFolders(_ path: String) throws(StorageError) {
        do throws(StorageError) {
            try makeFolder(path)
        } catch {
            switch error.code {
            case EEXIST: return
            case ENOENT where folder(of: path) != path:
                try makeFolders(folder(of: path))
                try makeFolder(path)
            default: throw error
            }
        }
        try syncFolder(folder(of: path))
    }

    /// Removes the folder with all that is in it; links are removed, never followed.
    func removeTree(_ path: String) throws(StorageError) {
        for name in try entries(of: path) {
            let entry = path + "/" + name
            do throws(StorageError) {
                try remove(entry)
            } catch {
                guard error.code == EISDIR else { throw error }
                try removeTree(entry)
            }
        }
        try removeFolder(path)
    }
}
