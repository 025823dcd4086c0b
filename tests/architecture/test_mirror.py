"""The tests mirror the pure rooms file by file: whoever opens a module knows where it is tried.

What has no file of its own stands below, with the reason. The lists may only shrink: a module that has got its test, or
that is gone, must be struck off.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC, TESTS = ROOT / "src" / "minewarden", ROOT / "tests"
ROOMS = (
    *("vocab", "config", "plugins", "telemetry", "intel", "detect", "trace", "documents", "enforce", "simulator"),
    *("patrol", "cli", "channels", "intake", "selfcheck", "energy"),
)

NOTHING_RUNS = {
    "vocab/attribution.py": "data classes without a method",
    "telemetry/packets/capture.py": "data classes without a method",
    "detect/detector.py": "a protocol and the data handed to it",
    "detect/stratum/coins.py": "a table of facts",
    "detect/stratum/dialects.py": "a table of facts",
    "detect/stratum/protocols.py": "a table of facts",
    "documents/official.py": "data classes without a method",
    "enforce/compiler.py": "a protocol",
    "simulator/session.py": "data classes and protocols",
    "selfcheck/host/report.py": "data classes and names",
    "selfcheck/host/checks/context.py": "data handed to the checks",
}

_CAPTURE = "telemetry/readers/test_pcap.py"
_CONVERSATION = "detect/stratum/test_conversation.py"
_CLOCK = "detect/clock/test_same_clock.py"
_PLAYED = "simulator/test_pcapfile.py"
_KILLED = "real/test_watch_survives_kill.py"
TRIED_WITHIN = {
    # Layers of one capture: they are handed real files whole, and damaged ones.
    **dict.fromkeys(
        (
            f"telemetry/packets/{name}.py"
            for name in (
                *("blocks", "certificate", "classic", "conversation", "domain_log", "flows", "frames", "layers"),
                *("rows", "starts", "talk"),
            )
        ),
        _CAPTURE,
    ),
    # Rules of one judgement: each says something only about a whole conversation.
    **dict.fromkeys(
        (
            f"detect/stratum/{name}.py"
            for name in ("cryptonote", "ethereum", "mining", "said", "shapes", "solo", "texts")
        ),
        _CONVERSATION,
    ),
    **dict.fromkeys((f"detect/clock/{name}.py" for name in ("candidates", "events", "spans")), _CLOCK),
    # Each dialogue is played, written as a capture, read back and judged.
    **dict.fromkeys(
        (
            f"simulator/dialogues/{name}.py"
            for name in ("bitcoin", "cryptonote", "gpu", "harmless", "http_work", "mining", "tls")
        ),
        _PLAYED,
    ),
    # A look runs every check on a made-up host; each says something only beside the others.
    **dict.fromkeys(
        (
            *(f"selfcheck/host/{name}.py" for name in ("facts", "machine")),
            *(
                f"selfcheck/host/checks/{name}.py"
                for name in ("behaviour", "identity", "intent", "network", "persistence", "stealth")
            ),
        ),
        "selfcheck/host/test_look.py",
    ),
    **dict.fromkeys((f"selfcheck/host/{name}.py" for name in ("program", "words")), "selfcheck/test_build.py"),
    "cli/selfcheck.py": "real/test_selfcheck_stand_ins.py",
    "simulator/story.py": "scenarios/test_the_invented_day.py",
    # The parts of a watch: what matters of them is that nothing is lost or doubled when it is killed.
    **dict.fromkeys((f"patrol/{name}.py" for name in ("watch", "watch_piece")), _KILLED),
    "telemetry/manifest.py": _KILLED,
    "cli/patrol.py": _KILLED,
    "patrol/tracing.py": "cli/test_trace.py",
    "cli/trace_table.py": "cli/test_trace.py",
    "cli/given.py": "cli/test_scan.py",
    "cli/demo_desk.py": "cli/test_demo.py",
    "intake/worker.py": "intake/test_isolation.py",
    "documents/scan_worker.py": "documents/test_scans.py",
}


def modules() -> list[str]:
    """The modules of the pure rooms, below the package."""
    found = [path for room in ROOMS for path in ((SRC / f"{room}.py"), *(SRC / room).rglob("*.py"))]
    return sorted(str(path.relative_to(SRC)) for path in found if path.is_file() and path.name != "__init__.py")


def mirrored(module: str) -> Path:
    """Where the test of a module stands."""
    path = Path(module)
    return TESTS / path.parent / f"test_{path.name}"


def test_the_rooms_are_all_there() -> None:
    pure = {path.stem for path in SRC.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert pure - {"__init__", "__main__", "desk"} <= set(ROOMS), "a new room belongs into the list"


@pytest.mark.parametrize("module", modules())
def test_a_module_is_tried_in_its_mirror_or_its_absence_is_accounted_for(module: str) -> None:
    if module in NOTHING_RUNS or module in TRIED_WITHIN:
        assert not mirrored(module).exists(), f"{module} has its own test now: strike it off the list"
    else:
        assert mirrored(module).exists(), f"write {mirrored(module).relative_to(ROOT)}"


def test_no_exception_outlives_its_module() -> None:
    assert {*NOTHING_RUNS, *TRIED_WITHIN} - set(modules()) == set()
    assert not NOTHING_RUNS.keys() & TRIED_WITHIN.keys()


def test_what_is_tried_within_another_test_names_one_that_is_there() -> None:
    assert [test for test in sorted(set(TRIED_WITHIN.values())) if not (TESTS / test).is_file()] == []
