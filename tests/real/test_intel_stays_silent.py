"""Everything that is done with indicators, in a network of its own that leads nowhere: no packet leaves for any,
and no name is asked for. What is captured at the end shows that a packet would have been seen."""

from pathlib import Path

import pytest

from tests.real.needs import need, need_root
from tests.real.no_way_out import seen_of

pytestmark = pytest.mark.real

ACTS = r"""
from minewarden.cli.intel import _FORMS
from minewarden.cli.main import main
from minewarden.intel.library import Library
from minewarden.intel.source import Source
from minewarden.intel.taxii.client import pull
from minewarden.intel.taxii.server import COLLECTION, Collection, serve


def run(*words):
    code = main(["intel", *map(str, words)])
    assert code in (0, 1), (words, code)


(folder / "list.txt").write_text("xmr.example.net\n203.0.113.9:3333\n203.0.113.10\nhttp://203.0.113.11/m.js\nwww.example.org\n")
(folder / "hosts.txt").write_text("0.0.0.0 pool.example.net\n")
(folder / "table.csv").write_text("value,port\nxmr.example.com,3333\n198.51.100.7,14444\n")
(folder / "sources.toml").write_text(
    '[[source]]\nname = "pool"\nform = "plain"\nlicence = "MIT"\nurl = "https://xmr.f2pool.com/list"\n'
)
run("load", "--form", "catalogue")
for name, form in (("list.txt", "plain"), ("hosts.txt", "hosts"), ("table.csv", "csv"), ("table.csv", "notice")):
    run("load", folder / name, "--form", form, "--name", form, "--family", form, "--licence", "own")
run("list", "example")
run("show", "xmr.f2pool.com")
run("seen", "xmr.example.net", "--unit", "u")
run("harmless", "pool.example.net", "--unit", "u", "--why", "w")
run("waiting")
run("publish", "--by", "b", "--why", "w", "--least", "1")
run("diff")
run("export", "--to", ",".join(_FORMS), "--out", folder / "out", "--least", "1")
for name, form in (("minewarden-stix.json", "stix"), ("minewarden-misp.json", "misp")):
    run("load", folder / "out" / name, "--form", form, "--name", form, "--licence", "own")
run("bundle", "key", folder / "key")
run("bundle", "make", folder / "bundle", "--key", folder / "key")
run("bundle", "load", folder / "bundle", "--key", folder / "key.pub", "--library", folder / "school.sqlite")
run("pull", "--sources", folder / "sources.toml")
server = serve(Collection(Library(folder / "school.sqlite"), "p"), "127.0.0.1", 0)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_address[1]}/minewarden/collections/{COLLECTION}/objects/"
given = len(pull(Source(name="peer", form="taxii", licence="own", url=url)).entries)
server.shutdown()
result["given"] = given
"""


def test_nothing_is_asked_of_or_sent_to_any_indicator(tmp_path: Path) -> None:
    need_root()
    need("unshare", "ip", "sysctl")
    seen = seen_of(ACTS, tmp_path, MINEWARDEN_LIBRARY=str(tmp_path / "city.sqlite"))
    assert seen["silent"] == 0
    assert set(seen["then"]) == {"wan", "lo"}
    assert seen["given"] > 400
