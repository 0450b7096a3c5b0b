#!/usr/bin/env python3
"""Refuses a Kubernetes manifest of Weir that a cluster would refuse or that would not do its work.

Usage: kubernetes_check.py FILE | kubernetes_check.py --self-test FILE
Prints a line for each finding and ends with 1 if there is one. It knows the fields that the example
uses, and no others, so a misspelt one is a finding; that a pod passes the Pod Security Standard
"restricted"; that names lead somewhere; and that probes ask where an agent listens.
--self-test breaks a good manifest in every way of BREAKS and ends with 1 if one is not found.
"""
import copy
import re
import sys

from ruamel.yaml import YAML

KINDS = {("v1", "ConfigMap"), ("v1", "Service"), ("apps/v1", "StatefulSet")}
FIELDS = {
    "ConfigMap": "apiVersion kind metadata data",
    "Service": "apiVersion kind metadata spec",
    "StatefulSet": "apiVersion kind metadata spec",
    "metadata": "name labels",
    "service": "clusterIP selector",
    "set": "serviceName replicas selector template volumeClaimTemplates",
    "pod": "terminationGracePeriodSeconds automountServiceAccountToken enableServiceLinks"
    " securityContext containers volumes",
    "pod security": "runAsNonRoot runAsUser runAsGroup fsGroup fsGroupChangePolicy seccompProfile",
    "container": "name image command env startupProbe livenessProbe readinessProbe securityContext"
    " resources volumeMounts",
    "security": "allowPrivilegeEscalation readOnlyRootFilesystem capabilities",
    "probe": "exec periodSeconds timeoutSeconds failureThreshold",
    "mount": "name mountPath readOnly",
    "volume": "name configMap emptyDir",
    "env": "name value valueFrom",
    "claim": "accessModes resources",
}
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
QUANTITY = re.compile(r"[1-9][0-9]*(m|Ki|Mi|Gi|Ti)?")
PROBES = {"startupProbe": "/livez", "livenessProbe": "/livez", "readinessProbe": "/readyz"}


class Check:
    def __init__(self):
        self.findings = []

    def expect(self, holds, where, what):
        if not holds:
            self.findings.append(f"{where}: {what}")

    def fields(self, value, kind, where):
        """The mapping itself, or an empty one: what is missing is found where it is needed."""
        if not isinstance(value, dict):
            self.findings.append(f"{where}: a mapping is meant")
            return {}
        for key in value:
            self.expect(key in FIELDS[kind].split(), where, f"there is no field {key}")
        return value

    def metadata(self, document, where):
        name = self.fields(document.get("metadata"), "metadata", where).get("name", "")
        self.expect(NAME.fullmatch(str(name)), where, f"{name!r} is no name")
        return name

    def quantities(self, resources, where):
        for part in ("requests", "limits"):
            for name, amount in (resources.get(part) or {}).items():
                self.expect(name in ("cpu", "memory", "storage"), where, f"there is no {name}")
                self.expect(QUANTITY.fullmatch(str(amount)), where, f"{amount!r} is no quantity")

    def manifest(self, documents):
        found = {}
        for document in documents:
            kind = document.get("kind")
            if (document.get("apiVersion"), kind) not in KINDS:
                self.findings.append(f"{kind}: not of {sorted(KINDS)}")
                continue
            self.fields(document, kind, kind)
            found[kind, self.metadata(document, kind)] = document
        names = {kind for kind, _ in found}
        self.expect(len(names) == len(KINDS), "manifest", f"only {sorted(names)}")
        for (kind, _), document in found.items():
            if kind == "StatefulSet":
                self.stateful_set(document.get("spec"), found)
            if kind == "ConfigMap":
                for name, text in document.get("data", {}).items():
                    self.expect(isinstance(text, str), f"ConfigMap {name}", "text is meant")

    def stateful_set(self, spec, found):
        spec = self.fields(spec, "set", "StatefulSet")
        service = found.get(("Service", spec.get("serviceName")))
        self.expect(service, "serviceName", "there is no such Service")
        labels = spec.get("template", {}).get("metadata", {}).get("labels")
        wanted = spec.get("selector", {}).get("matchLabels")
        self.expect(labels and labels == wanted, "selector", "does not select the template")
        if service:
            inner = self.fields(service.get("spec"), "service", "Service")
            self.expect(inner.get("selector") == labels, "Service", "does not select the pods")
            self.expect(inner.get("clusterIP") == "None", "Service", "without ports it is headless")
        self.expect(spec.get("replicas") == 1, "replicas", "a state folder has one agent")
        claims = {}
        for claim in spec.get("volumeClaimTemplates", []):
            name = self.metadata(claim, "claim")
            claims[name] = self.fields(claim.get("spec"), "claim", f"claim {name}")
            modes = set(claims[name].get("accessModes", []))
            self.expect(modes <= {"ReadWriteOnce", "ReadWriteOncePod"} and modes, name, "modes")
            self.quantities(claims[name].get("resources", {}), f"claim {name}")
        self.pod(spec.get("template", {}).get("spec"), claims, found)

    def pod(self, pod, claims, found):
        pod = self.fields(pod, "pod", "pod")
        grace = pod.get("terminationGracePeriodSeconds", 30)
        self.expect(isinstance(grace, int) and grace > 30, "pod", "no time for runs to end")
        security = self.fields(pod.get("securityContext"), "pod security", "pod security")
        self.expect(security.get("runAsNonRoot") is True, "pod security", "may run as root")
        self.expect(security.get("runAsUser", 1) > 0, "pod security", "runs as root")
        profile = (security.get("seccompProfile") or {}).get("type")
        self.expect(profile in ("RuntimeDefault", "Localhost"), "pod security", "no seccomp")
        volumes = set(claims)
        for volume in pod.get("volumes", []):
            self.fields(volume, "volume", "volume")
            volumes.add(volume.get("name"))
            if "configMap" in volume:
                name = (volume["configMap"] or {}).get("name")
                self.expect(("ConfigMap", name) in found, "volume", f"no ConfigMap {name}")
        containers = pod.get("containers") or []
        self.expect(containers, "pod", "no container")
        for container in containers:
            self.container(container, volumes)

    def container(self, container, volumes):
        where = f"container {container.get('name')}"
        self.fields(container, "container", where)
        self.expect(container.get("image"), where, "no image")
        security = self.fields(container.get("securityContext"), "security", where)
        self.expect(security.get("allowPrivilegeEscalation") is False, where, "may gain rights")
        dropped = (security.get("capabilities") or {}).get("drop")
        self.expect(dropped == ["ALL"], where, "keeps capabilities")
        self.expect("add" not in (security.get("capabilities") or {}), where, "adds capabilities")
        command = self.words(container.get("command"), where)
        self.expect(command[:2] == ["weir", "serve"], where, "is no agent")
        self.expect("--listen" not in " ".join(command), where, "listens elsewhere")
        mounts = {}
        for mount in container.get("volumeMounts", []):
            self.fields(mount, "mount", where)
            mounts[mount.get("mountPath")] = mount.get("name")
            self.expect(mount.get("name") in volumes, where, f"no volume {mount.get('name')}")
        self.expect(command[2:3] and command[2] in mounts, where, "pipelines are not mounted")
        state = {}
        for variable in container.get("env", []):
            self.fields(variable, "env", where)
            state[variable.get("name")] = variable.get("value")
            value = variable.get("value", "")
            self.expect(isinstance(value, str), where, f"{variable.get('name')} is no text")
        state = str(state.get("WEIR_STATE_DIR"))
        self.expect(any(state.startswith(f"{path}/") for path in mounts), where, "state is lost")
        limits = (container.get("resources") or {}).get("limits") or {}
        self.expect("memory" in limits, where, "no limit of memory")
        self.quantities(container.get("resources") or {}, where)
        for name, path in PROBES.items():
            self.probe(container.get(name), f"{where} {name}", path, f"{state}/agent.sock")

    def probe(self, probe, where, path, socket):
        probe = self.fields(probe, "probe", where)
        command = self.words((probe.get("exec") or {}).get("command"), where)
        self.expect(command[-1:] == [f"http://localhost{path}"], where, f"does not ask {path}")
        self.expect("--fail" in command, where, "takes a failure for a success")
        at = command.index("--unix-socket") + 1 if "--unix-socket" in command else len(command)
        self.expect(command[at:at + 1] == [socket], where, f"does not ask at {socket}")
        for name in ("periodSeconds", "timeoutSeconds", "failureThreshold"):
            value = probe.get(name, 1)
            self.expect(type(value) is not bool and isinstance(value, int) and value > 0, where, name)
        limit = command[command.index("--max-time") + 1] if "--max-time" in command else "99"
        self.expect(int(limit) < probe.get("timeoutSeconds", 1), where, "killed before it answers")

    def words(self, command, where):
        good = isinstance(command, list) and all(isinstance(word, str) for word in command)
        self.expect(good and command, where, "a list of texts is meant as the command")
        return list(command) if good else []


def findings(documents):
    check = Check()
    check.manifest(documents)
    return check.findings


def container(documents):
    return next(d for d in documents if d["kind"] == "StatefulSet")["spec"]["template"]["spec"][
        "containers"][0]


def pod(documents):
    return next(d for d in documents if d["kind"] == "StatefulSet")["spec"]["template"]["spec"]


BREAKS = {
    "a misspelt field": lambda d: container(d).update(livenesProbe={}),
    "another kind": lambda d: d[0].update(apiVersion="v2"),
    "a document that is missing": lambda d: d.pop(1),
    "a bad name": lambda d: d[0]["metadata"].update(name="Weir_Pipelines"),
    "a volume that is missing": lambda d: pod(d)["volumes"].pop(0),
    "a probe over the network": lambda d: container(d).update(
        livenessProbe={"httpGet": {"path": "/livez", "port": 9347}}),
    "a probe of another path": lambda d: container(d)["readinessProbe"]["exec"].update(
        command=container(d)["livenessProbe"]["exec"]["command"]),
    "a probe without --fail": lambda d: container(d)["readinessProbe"]["exec"]["command"].remove(
        "--fail"),
    "a number in a command": lambda d: container(d)["command"].append(5),
    "two agents": lambda d: next(x for x in d if x["kind"] == "StatefulSet")["spec"].update(
        replicas=2),
    "a root user": lambda d: pod(d)["securityContext"].update(runAsUser=0),
    "no seccomp": lambda d: pod(d)["securityContext"].pop("seccompProfile"),
    "capabilities": lambda d: container(d)["securityContext"].pop("capabilities"),
    "no time to end": lambda d: pod(d).pop("terminationGracePeriodSeconds"),
    "a state that is lost": lambda d: container(d)["env"][0].update(value="/var/cache/weir"),
    "an open port": lambda d: container(d)["command"].extend(["--listen", "0.0.0.0:9347"]),
    "no limit of memory": lambda d: container(d)["resources"].pop("limits"),
    "a bad quantity": lambda d: container(d)["resources"]["limits"].update(memory="1 GB"),
}


def main():
    path = sys.argv[-1]
    with open(path, encoding="utf-8") as file:
        documents = list(YAML(typ="safe", pure=True).load_all(file))
    found = findings(documents)
    if sys.argv[1] == "--self-test":
        found = [f"the manifest itself: {text}" for text in found]
        for name, damage in BREAKS.items():
            broken = copy.deepcopy(documents)
            damage(broken)
            if not findings(broken):
                found.append(f"not found: {name}")
    print("\n".join(found))
    sys.exit(1 if found else 0)


main()
