import Glibc
import Pipeline
import TestSupport
import Testing

@testable import Agent

struct ZoneFilesTests {
    private let folder = TemporaryDirectory()

    private func zones(_ environment: [String: String] = [:], local: String = "/none") -> ZoneFiles
    {
        ZoneFiles(environment: environment, localFile: local)
    }

    private func fault(_ name: String?, _ zones: ZoneFiles) -> ZoneLookupFault? {
        do throws(ZoneLookupFault) {
            _ = try zones.find(name)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a zone of the machine is found, and one that is misspelt suggested`() throws {
        let berlin = try zones().find("Europe/Berlin")
        #expect(berlin.offset(at: Timestamp(nanoseconds: 1_700_000_000_000_000_000)) == 3_600)
        #expect(
            fault("Europe/Berln", zones())
                == .unknown("Europe/Berln", suggestion: "Europe/Berlin")
        )
        #expect(try zones().find("UTC").name == "UTC")
    }

    @Test(arguments: [
        "", "/etc/passwd", "../../../etc/passwd", "Europe/../Europe/Berlin", "a b", "é",
    ])
    func `what leads out of the folder is no name`(_ name: String) {
        #expect(fault(name, zones()) == .unknown(name, suggestion: nil))
    }

    @Test func `the system's zone is that of TZ, else of the local file, else UTC`() throws {
        #expect(try zones(["TZ": "Asia/Tokyo"]).find(nil).name == "Asia/Tokyo")
        #expect(try zones(["TZ": ":Asia/Tokyo"]).find(nil).name == "Asia/Tokyo")
        #expect(
            try zones(["TZ": "/usr/share/zoneinfo/Asia/Tokyo"]).find(nil).offset(at: instant(0))
                == 32_400
        )
        #expect(try zones(["TZ": ""]).find(nil).name == "UTC")
        #expect(try zones().find(nil).name == "UTC")
        symlink("/usr/share/zoneinfo/Asia/Tokyo", folder.path + "/localtime")
        let local = try zones(local: folder.path + "/localtime").find(nil)
        #expect(local.offset(at: instant(0)) == 32_400)
    }

    @Test func `without a database it says what to install`() {
        let none = zones(["TZDIR": folder.path + "/none"])
        #expect(
            fault("Asia/Tokyo", none) == .noDatabase("Asia/Tokyo", folder: folder.path + "/none")
        )
        #expect(fault("Asia/Tokyo", none)?.advice.contains("tzdata") == true)
        #expect(fault("UTC", none) == nil)
    }

    @Test func `a file that is cut off, or no file, is an error that says so`() throws {
        let path = folder.path
        folder.write("Short", "TZif2\u{0}\u{0}")
        mkfifo(path + "/Pipe", 0o600)
        mkdir(path + "/Folder", 0o700)
        let own = zones(["TZDIR": path])
        guard case .damaged("Short", _)? = fault("Short", own) else {
            Issue.record("\(String(describing: fault("Short", own)))")
            return
        }
        for name in ["Pipe", "Folder"] {
            #expect(
                fault(name, own) == .unreadable(name, why: "\(path)/\(name) is no regular file")
            )
        }
    }
}
