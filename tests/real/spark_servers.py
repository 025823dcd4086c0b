"""Spark servers started by a test on loopback, bounded in memory, and stopped by their own process ids.

`standalone`: a master with two workers, and a Spark Connect server that uses them; `sail`: the light server, one
process. Both are of `.tools/spark`, an environment of its own that `make test` makes from the lock (group `servers`).
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.real.needs import missing, need

LOOPBACK = "127.0.0.1"
_HOME = Path(__file__).resolve().parents[2] / ".tools" / "spark"
_DEPLOY = "org.apache.spark.deploy"
_STARTS_WITHIN_S = 150.0
"""A quarter of it on an idle machine; other tests run beside this one."""
_STOPS_WITHIN_S = 10.0
# For servers that live a minute: no second compiler, no threads for collecting rubbish.
_QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
# What Spark's own scripts open to it on Java 17.
_OPENED = (
    *("lang", "lang.invoke", "lang.reflect", "io", "net", "nio", "util", "util.concurrent", "util.concurrent.atomic"),
    *("time",),
)
# Compiling each question takes longer than answering it on a few thousand rows.
_SMALL = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}
_JAVA = (
    *_QUICK,
    *(f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in _OPENED),
    *(f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in ("sun.nio.ch", "sun.nio.cs", "sun.util.calendar")),
    "-Dio.netty.tryReflectionSetAccessible=true",
)


def python() -> Path:
    """The interpreter of the servers' environment."""
    path = _HOME / "bin" / "python"
    if not path.exists():
        missing("Spark's servers (.tools/spark, which `make test` makes)")
    return path


@contextmanager
def standalone(cores: int = 1, *, measured: bool = False) -> Iterator[str]:
    """A standalone master, two workers with a gigabyte each, and a Spark Connect server; the address to dial.

    `measured`: as a cluster would be run, for large lakes; else made quick for small ones.
    """
    need("java")
    spark = next(python().parents[1].glob("lib/python*/site-packages/pyspark"))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mw-spark-")))
        # A worker that is not started by Spark's scripts has to be told which Scala it was built for.
        scala = ".".join(next(spark.glob("jars/scala-library-*.jar")).stem.rpartition("-")[2].split(".")[:2])
        told = {"SPARK_HOME": str(spark), "SPARK_LOCAL_IP": LOOPBACK, "SPARK_SCALA_VERSION": scala}
        variables = _variables(folder) | told

        def start(name: str, memory: str, *arguments: str) -> Path:
            # Spark's scripts start a second Java to learn how to start the first.
            command = ["java", f"-Xmx{memory}", *_JAVA, "-cp", str(spark / "jars" / "*"), *arguments]
            return stack.enter_context(_running(name, command, folder, variables))

        here = ("--host", LOOPBACK, "--port", "0", "--webui-port", "0")
        log = start("master", "256m", f"{_DEPLOY}.master.Master", *here)
        master = _said(log, r"Starting Spark master at (spark://[\d.]+:\d+)")
        logs = []
        for name in ("worker-one", "worker-two"):
            bounds = ("--cores", str(cores), "--memory", "1g", "--work-dir", str(folder / name))
            logs.append(start(name, "256m", f"{_DEPLOY}.worker.Worker", *here, *bounds, master))
        # The server names no port that it chose itself, so it is given one; whoever else takes it makes it fail loudly.
        port = _free_port()
        settings = {
            "spark.master": master,
            "spark.app.name": "minewarden",
            "spark.connect.grpc.binding.address": LOOPBACK,
            "spark.connect.grpc.binding.port": str(port),
            "spark.driver.host": LOOPBACK,
            "spark.driver.bindAddress": LOOPBACK,
            "spark.executor.memory": "640m",
            "spark.executor.cores": str(cores),
            "spark.executor.extraJavaOptions": "" if measured else " ".join(_QUICK),
            "spark.ui.enabled": "false",
            "spark.local.dir": str(folder),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
        }
        if not measured:
            settings |= _SMALL
        server = "org.apache.spark.sql.connect.service.SparkConnectServer"
        log = start("connect", "1g", *(f"-D{key}={value}" for key, value in settings.items()), server)
        for one in logs:
            _said(one, r"Successfully registered with (master)")
        _listening(port, log)
        yield f"sc://{LOOPBACK}:{port}"


@contextmanager
def sail() -> Iterator[str]:
    """A Sail server, and the address to dial."""
    program = python().with_name("sail")
    if not program.exists():
        missing("Sail (pysail in .tools/spark)")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mw-sail-")))
        port = _free_port()
        command = [str(program), "spark", "server", "--ip", LOOPBACK, "--port", str(port)]
        log = stack.enter_context(_running("sail", command, folder, _variables(folder)))
        _listening(port, log)
        yield f"sc://{LOOPBACK}:{port}"


def _variables(folder: Path) -> dict[str, str]:
    kept = ("PATH", "LANG", "JAVA_HOME")
    own = {name: os.environ[name] for name in kept if name in os.environ}
    return own | {"HOME": str(folder), "TMPDIR": str(folder), "TZ": "UTC"}


@contextmanager
def _running(name: str, command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Iterator[Path]:
    """A process that writes to the file yielded; at the end it and whatever it started are stopped."""
    log = folder / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield log
    finally:
        # It leads a group of its own: a worker's executors are in it as well.
        for how in (signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None:
                os.killpg(process.pid, how)
            try:
                process.wait(_STOPS_WITHIN_S)
                break
            except subprocess.TimeoutExpired:
                continue


def _said(log: Path, pattern: str) -> str:
    """What a server says of itself in its log."""
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline:
        if found := re.search(pattern, log.read_text(errors="replace")):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(
        f"{log.name}: not ready in {_STARTS_WITHIN_S:.0f} s\n{log.read_text(errors='replace')[-3000:]}"
    )


def _listening(port: int, log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{log.name}: nobody listens\n{log.read_text(errors='replace')[-3000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def installed() -> bool:
    """Whether Java and the servers' environment are there."""
    return shutil.which("java") is not None and (_HOME / "bin" / "python").exists()
