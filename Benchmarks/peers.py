"""Builds what Weir is measured against, from C and from Go."""

import os
import shutil
import subprocess

from measuring import ROOT, SCRATCH, CannotMeasure, peer

# Where Debian's packages put the sources of Go libraries.
GO_LIBRARIES = "/usr/share/gocode"


def compile_peers():
    compile_c_peers()
    compile_go_peer()


def compile_c_peers():
    compiler = os.environ.get("CC") or shutil.which("cc")
    if not compiler:
        raise CannotMeasure("no C compiler for the peers: install gcc, or set CC")
    for name, libraries in (("spawn", []), ("stamp", []), ("load", ["-lcurl"])):
        source = os.path.join(ROOT, "Benchmarks", name + ".c")
        compile_peer([compiler, "-O2", "-o", peer(name), source, *libraries])
    count = os.path.join(ROOT, "Benchmarks", "count.c")
    compile_peer([compiler, "-O2", "-shared", "-fPIC", "-o", peer("count.so"), count])


def compile_go_peer():
    if not shutil.which("go"):
        raise CannotMeasure("no Go for the peer: install golang-go")
    for library, package in (
        ("github.com/prometheus/client_golang", "golang-github-prometheus-client-golang-dev"),
        ("go.opentelemetry.io/otel/sdk", "golang-opentelemetry-otel-dev"),
    ):
        path = os.path.join(GO_LIBRARIES, "src", library)
        if not os.path.isdir(path):
            raise CannotMeasure(f"{path} is missing: install {package}")
    env = dict(
        os.environ,
        GO111MODULE="off",
        GOPATH=GO_LIBRARIES,
        GOFLAGS="",
        GOCACHE=os.path.join(SCRATCH, "go-cache"),
    )
    compile_peer(["go", "build", "-o", peer("go"), "./Benchmarks/Go"], env)


def compile_peer(command, env=None):
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=env)
    except OSError as error:
        raise CannotMeasure(f"no compiler for the peers: {error}") from error
    if done.returncode != 0:
        raise CannotMeasure(f"{' '.join(command)}\n{done.stderr}")
