/// The version of this Weir, as `weir version` and every span's resource say it.
package enum WeirVersion {
    package static let text = "0.1.0"
}
