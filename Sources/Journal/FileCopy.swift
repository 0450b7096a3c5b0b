extension JournalStorage {
    /// Copies the whole of `path` to `copy`, which must not be there, durably and at once: after a
    /// crash it is there as a whole, or not.
    ///
    /// The copy is prepared in `<copy>.new`; what a crash left there is overwritten.
    package func copyFile(_ path: String, to copy: String) throws(JournalError) {
        let new = copy + ".new"
        try journaling { () throws(StorageError) in
            let source = try open(path, .read)
            defer { close(source) }
            let target = try open(new, .overwrite)
            defer { close(target) }
            var buffer = [UInt8](repeating: 0, count: 256 << 10)
            var offset = 0
            while true {
                let count = try read(source, at: path, from: offset, into: &buffer, buffer.indices)
                guard count > 0 else { break }
                var rest = Array(buffer[..<count])
                while !rest.isEmpty {
                    let written = try write(rest, to: target, at: new)
                    rest.removeFirst(min(written, rest.count))
                }
                offset += count
            }
            try sync(target, at: new)
            try rename(new, to: copy)
            try syncFolder(folder(of: copy))
        }
    }
}
