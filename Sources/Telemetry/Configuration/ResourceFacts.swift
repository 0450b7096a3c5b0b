package import Pipeline

/// What is known about the process whose runs are traced; found out elsewhere, once, at start.
package struct ResourceFacts: Hashable, Sendable {
    package var version: String
    package var hostName: String?
    /// The machine's id, as in `/etc/machine-id`.
    package var hostID: String?
    /// In the conventions' words: `amd64`, `arm64`.
    package var hostArchitecture: String?
    /// `PRETTY_NAME` of os-release, else the kernel's name and release.
    package var osDescription: String?
    package var osName: String?
    package var osVersion: String?
    package var processID: Int32
    /// ISO 8601; with the pid it names the process.
    package var processCreation: String?
    package var executableName: String?
    package var executablePath: String?
    /// The user's name.
    package var processOwner: String?
    /// What says of itself that it is a container, and its place in Kubernetes.
    package var container = ContainerFacts()
    /// Absolute; with the host's id it names the instance over all restarts.
    package var stateFolder: String

    package init(version: String, processID: Int32, stateFolder: String) {
        self.version = version
        self.processID = processID
        self.stateFolder = stateFolder
    }

    /// A UUIDv5 of host id and state folder, so the same after a restart.
    package var instanceID: String {
        let host = hostID ?? hostName ?? ""
        return NamedUUID(namespace: .serviceInstance, name: "\(host):\(stateFolder)").description
    }

    /// The facts under the names of the semantic conventions, service first.
    private var attributes: [ResourceAttribute] {
        let texts: [(String, String?)] = [
            ("service.name", "weir"),
            ("service.version", version),
            ("service.instance.id", instanceID),
            ("host.name", hostName),
            ("host.id", hostID),
            ("host.arch", hostArchitecture),
            ("os.type", "linux"),
            ("os.name", osName),
            ("os.version", osVersion),
            ("os.description", osDescription),
            ("process.creation.time", processCreation),
            ("process.executable.name", executableName),
            ("process.executable.path", executablePath),
            ("process.owner", processOwner),
            ("container.id", container.id),
            ("k8s.container.name", container.name),
            ("k8s.pod.uid", container.podUID),
            ("k8s.namespace.name", container.namespace),
        ]
        return [ResourceAttribute("process.pid", Int64(processID))]
            + texts.compactMap { key, value in value.map { ResourceAttribute(key, $0) } }
    }

    /// What says which code made the telemetry, and is not for anyone to change.
    private var telemetry: [ResourceAttribute] {
        [
            ResourceAttribute("telemetry.sdk.name", "weir"),
            ResourceAttribute("telemetry.sdk.language", "swift"),
            ResourceAttribute("telemetry.sdk.version", version),
        ]
    }

    /// The resource of every run that this process starts, sorted by key.
    ///
    /// Later wins: the facts, `OTEL_RESOURCE_ATTRIBUTES` (an operator knows better than a
    /// detector), `OTEL_SERVICE_NAME`, the SDK's own name.
    package func resource(_ configuration: OTelConfiguration) -> [ResourceAttribute] {
        let named = configuration.serviceName.map { [ResourceAttribute("service.name", $0)] } ?? []
        var merged: [String: ResourceAttribute] = [:]
        for attribute in attributes + configuration.resourceAttributes + named + telemetry {
            merged[attribute.key] = attribute
        }
        return merged.values.sorted { $0.key < $1.key }
    }
}
