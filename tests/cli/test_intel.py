"""`minewarden intel` as a person runs it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from minewarden.cli.main import main

HOSTILE = "pool.example.net\n*.cn\ncom\n0.0.0.0/0\n=cmd|calc\n(a+)+$\n1.1.1.1\nwww.school.example\n203.0.113.9:3333\n"


@pytest.fixture(autouse=True)
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MINEWARDEN_LIBRARY", str(tmp_path / "intel.sqlite"))
    return tmp_path


def test_from_a_hostile_list_to_a_published_version(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, site = library / "list.txt", library / "site.toml"
    path.write_text(HOSTILE)
    site.write_text('protected_names = ["school.example"]\n')
    arguments = ["--licence", "MIT", "--family", "et", "--site", str(site)]
    assert main(["--language", "en", "intel", "load", str(path), *arguments]) == 1
    shown = capsys.readouterr()
    assert "2 now; added 2" in shown.out
    assert "? 1.1.1.1 · " in shown.out
    assert "? www.school.example · " in shown.out
    for line in (2, 3, 4, 5, 6):
        assert f"{path}:{line}: not taken" in shown.err
    assert main(["--language", "en", "intel", "show", "pool.example.net"]) == 0
    assert "halves every 120 days" in capsys.readouterr().out
    assert main(["intel", "waiting"]) == 0
    assert "1.1.1.1" in capsys.readouterr().out
    assert main(["intel", "decide", "1", "refuse", "--by", "李", "--why", "解析服务器"]) == 0
    assert main(["intel", "publish", "--by", "李", "--why", "首版"]) == 0
    assert main(["intel", "diff"]) == 0
    assert "+ pool.example.net · 单个主机名 · 矿池接入点" in capsys.readouterr().out


def test_words_come_back(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = library / "list.txt"
    path.write_text("a.example\n")
    assert main(["intel", "load", str(path), "--licence", "own"]) == 0
    assert main(["--language", "en", "intel", "seen", "a.example", "--unit", "一中"]) == 0
    assert "worth today: 9" in capsys.readouterr().out
    assert main(["--language", "en", "intel", "harmless", "a.example", "--unit", "二中", "--why", "教学"]) == 0
    assert "worth today: 48" in capsys.readouterr().out
    assert main(["intel", "revoke", "a.example", "--by", "李", "--why", "误报"]) == 0
    assert main(["intel", "publish", "--by", "李", "--why", "x"]) == 2


def test_what_is_wrong_is_said(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = library / "list.txt"
    path.write_text("a.example\n")
    assert main(["intel", "load", str(path)]) == 2
    assert "许可" in capsys.readouterr().err
    assert main(["intel", "load"]) == 2
    assert main(["intel", "show", "nobody.example"]) == 2
    assert main(["intel", "load", str(library / "absent"), "--licence", "MIT"]) == 1


def test_every_form_is_written_and_read_back(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from minewarden.cli.intel import _FORMS

    assert main(["intel", "load", "--form", "catalogue"]) == 0
    out = library / "out"
    assert main(["intel", "export", "--to", ",".join(_FORMS), "--out", str(out)]) == 0
    assert "xmr.f2pool.com CNAME ." in (out / "minewarden.rpz").read_text()
    assert not [path.name for path in out.iterdir() if path.name.startswith(".")]
    assert main(["intel", "load", str(out / "minewarden-stix.json"), "--form", "stix", "--licence", "own"]) in (0, 1)
    assert main(["intel", "export", "--to", "openioc", "--out", str(out)]) == 2
    capsys.readouterr()


def test_from_the_city_to_a_school_without_internet(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, key, made = library / "list.txt", library / "city.key", library / "bundle.txt"
    path.write_text("a.example\nb.example\n")
    assert main(["intel", "load", str(path), "--licence", "own", "--family", "et"]) == 0
    assert main(["intel", "publish", "--by", "李", "--why", "首版"]) == 0
    assert main(["intel", "bundle", "key", str(key)]) == 0
    assert main(["intel", "bundle", "make", str(made), "--key", str(key), "--producer", "云川市"]) == 0
    school = ["--library", str(library / "school.sqlite")]
    assert main(["intel", "bundle", "verify", str(made), "--key", f"{key}.pub"]) == 0
    assert main(["--language", "en", "intel", "bundle", "load", str(made), "--key", f"{key}.pub", *school]) == 0
    assert "added 2" in capsys.readouterr().out
    made.write_bytes(made.read_bytes().replace(b"a.example", b"x.example"))
    assert main(["intel", "bundle", "load", str(made), "--key", f"{key}.pub", *school]) == 1
    assert "改动" in capsys.readouterr().err
    assert main(["intel", "bundle", "make", str(made)]) == 2


def test_a_failed_fetch_leaves_the_rest(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sources = library / "sources.toml"
    head = 'form = "plain"\nlicence = "MIT"\n'
    sources.write_text(
        f'[[source]]\nname = "plain-http"\n{head}url = "http://192.0.2.1/x"\n[[source]]\nname = "none"\n{head}'
        f'[[source]]\nname = "pool"\n{head}url = "https://xmr.f2pool.com/list"\n'
    )
    assert main(["intel", "load", "--form", "catalogue"]) == 0
    assert main(["intel", "pull", "--sources", str(sources)]) == 1
    told = capsys.readouterr().err
    assert "plain-http: http://192.0.2.1/x: 只从 https" in told
    assert "none: " in told
    assert "xmr.f2pool.com”本身是情报库中的指标" in told
    assert main(["intel", "serve-taxii", "--host", "192.0.2.1"]) == 2


def test_a_list_is_held_against_the_last_week_of_a_lake(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now, path, log, lake = datetime.now(UTC), library / "list.txt", library / "query.log", library / "lake"
    path.write_text("www.example.org\npool.example.net\n")
    stamp = now.strftime("%d-%b-%Y %H:%M:%S.000")
    line = "{} client @0x1 10.12.8.{}#5353 (x): query: www.example.org IN A +E(0) (192.0.2.53)\n"
    log.write_text("".join(line.format(stamp, n) for n in range(1, 9)))
    assert main(["ingest", str(log), "--lake", str(lake), "--zone", "UTC"]) == 0
    given = ["--language", "en", "intel", "load", str(path), "--licence", "MIT", "--lake"]
    assert main([*given, str(library / "absent")]) == 2
    capsys.readouterr()
    assert main([*given, str(lake)]) == 0
    shown = capsys.readouterr()
    assert "? www.example.org · one host name: 8 of 8 local clients (100.00 %)" in " ".join(shown.out.split())
    assert "+ pool.example.net · one host name" in shown.out
    assert "shows no local client" not in shown.err


def test_a_value_is_found_as_people_type_it(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (library / "list.txt").write_text("xmr.example.net\n")
    assert main(["intel", "load", str(library / "list.txt"), "--licence", "own"]) == 0
    capsys.readouterr()
    assert main(["intel", "show", "XMR[.]Example.NET."]) == 0
    shown = capsys.readouterr().out
    assert "xmr.example.net · 单个主机名 · 矿池接入点" in shown
    assert "今天刚确认" in shown
    assert "自有" in shown


def test_a_file_of_hosts_is_written_once_and_holds_every_exact_name(library: Path) -> None:
    (library / "list.txt").write_text("a.example.net\nb.example.net\n")
    assert main(["intel", "load", str(library / "list.txt"), "--licence", "own", "--family", "et"]) == 0
    out = library / "out"
    assert main(["intel", "export", "--to", "hosts,zeek,rpz", "--out", str(out)]) == 0
    assert (out / "minewarden.hosts").read_text().splitlines()[1:] == ["0.0.0.0 a.example.net", "0.0.0.0 b.example.net"]
    assert not (out / "minewarden-intel.dat").exists(), "the library's own form for Zeek knows roles and operators"
