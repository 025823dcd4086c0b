"""Several processes write to one log on the disk: one chain, no number twice, the anchor at its end."""

import json
import os
import subprocess
import sys

PREPARE = "from minewarden.desk import start; start.prepare(); start.migrate()"
WRITE = """
from minewarden.desk import start
start.prepare()
from minewarden.desk.audit.record import record
for number in range(25):
    record("case.note", by=None, actor="{who}", after={{"number": number}})
"""
VERIFY = """
from minewarden.desk import start
start.prepare()
from minewarden.desk.audit.verify import verify
verdict = verify()
print(verdict.fault, verdict.held, verdict.end.seq)
"""


def test_processes_make_one_unbroken_chain(tmp_path):
    environment = {**os.environ, "MINEWARDEN_DATA": str(tmp_path / "data")}
    for name in ("MINEWARDEN_SECRET_KEY", "MINEWARDEN_DATABASE_URL"):
        environment.pop(name, None)

    def python(code: str) -> list[str]:
        return [sys.executable, "-c", code]

    subprocess.run(python(PREPARE), env=environment, check=True, timeout=60)
    writers = [subprocess.Popen(python(WRITE.format(who=f"w{who}")), env=environment) for who in range(3)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    found = subprocess.run(python(VERIFY), env=environment, check=True, timeout=60, capture_output=True, text=True)
    assert found.stdout.split() == ["None", "75", "75"]
    assert json.loads((tmp_path / "data" / "audit-anchor.json").read_text())["seq"] == 75
