"""24 kinds of harmless push, wallet, node, explorer and game traffic, as bench/push_world.py tells connections.

Each kind is a program by its documentation (keep-alive intervals, ports, ALPN, who speaks first) or by the harmless captures;
a profile draws its sizes and timers from the kind's range. No host shares a server with another one: that is harder than a
campus, where a service shows by its many visitors. Wallets, explorers and nodes of Bitcoin follow the real blocks; notices
of other chains' blocks follow those that the miners follow (`FOLLOWED`).
"""

from collections.abc import Callable, Mapping

import numpy as np

from bench.push_world import OPENSSL_JA4, OTHER_JA4, Floats, Hello, Pair, Score, Talk, ssh_of, tls_of

WEB_JA4 = "t13d1516h2_8daaf6152771_02713d6af862"
Made = tuple[list[Talk], int]
Maker = Callable[[Floats, float, np.random.Generator], Made]


def _log(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _random(rng: np.random.Generator, gap: float, length: float) -> Floats:
    return np.sort(rng.uniform(0, length, rng.poisson(length / gap)))


def _bursts(rng: np.random.Generator, every: float, length: float, size: float = 12, within: float = 1.5) -> Floats:
    starts = _random(rng, every, length)
    parts = [start + np.cumsum(rng.exponential(within, rng.geometric(1 / size))) for start in starts]
    return np.sort(np.concatenate(parts)) if parts else np.zeros(0)


def _timer(rng: np.random.Generator, gap: float, length: float, jitter: float = 0.02) -> Floats:
    ticks = np.arange(rng.uniform(0, gap), length, gap)
    return np.sort(np.abs(ticks + rng.normal(0, jitter, len(ticks))))


def _on_change(rng: np.random.Generator, gap: float, change: float, length: float) -> Floats:
    """A report every `gap` seconds at the latest, and at once when something changed, after which the timer starts anew."""
    changes = _random(rng, change, length)
    starts = np.concatenate(([0.0], changes))
    return np.sort(
        np.concatenate([np.arange(a, b, gap) for a, b in zip(starts, np.append(changes, length), strict=True)])
    )


def _sizes(rng: np.random.Generator, low: float, high: float, count: int, vary: float = 0.0) -> np.ndarray:
    return np.round(_log(rng, low, high) * np.exp(rng.normal(0, vary, count))).clip(2).astype(int)


def _web(rng: np.random.Generator, name: str = "www.example.org") -> Hello:
    return Hello(sni=name, alpn=str(rng.choice(["h2", "http/1.1"])), ja4=WEB_JA4, length=517)


def _app(rng: np.random.Generator, named: float = 0.9) -> Hello:
    """A program's hello that is no browser's: no ALPN, nearly always a name."""
    sni = "push.example.org" if rng.random() < named else None
    return Hello(
        sni=sni,
        ja4=OPENSSL_JA4 if rng.random() < 0.4 else str(rng.choice(OTHER_JA4)),
        length=int(rng.integers(200, 340)),
    )


def _tls(score: Score, rng: np.random.Generator, hello: Hello, length: float) -> list[Talk]:
    rtt = float(rng.uniform(0.005, 0.2))
    return [tls_of(score.talk(0, length), hello, str(rng.choice(["1.2", "1.3"], p=[0.3, 0.7])), rng, rtt)]


def _login(
    score: Score, rng: np.random.Generator, up: tuple[int, int] = (80, 900), down: tuple[int, int] = (60, 900)
) -> None:
    score.say([0.0], True, int(rng.integers(*up)))
    score.say([0.1], False, int(rng.integers(*down)))


def messenger(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A messenger's own protocol on a bare port: a push of constant length that the client answers, and talk."""
    score = Score()
    _login(score, rng)
    score.told(
        _timer(rng, _log(rng, 45, 300), length, 0.5), int(rng.integers(90, 260)), int(rng.integers(60, 120)), 0.05
    )
    score.told(_bursts(rng, _log(rng, 900, 9000), length), 300, 80, 0.05)
    return [score.talk(0, length)], int(rng.choice([80, 443, 8080]))


def phone_push(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """Push to a phone: hardly a heartbeat in half an hour, notices of all lengths."""
    score = Score()
    _login(score, rng)
    score.ask(_timer(rng, _log(rng, 600, 1700), length, 2), 24, 24, 0.05)
    times = _random(rng, _log(rng, 120, 3600), length)
    score.told(times, _sizes(rng, 200, 2000, len(times), 0.6), 40, 0.06)
    return _tls(
        score,
        rng,
        Hello(sni="push.example.org", alpn="apns-v2", ja4=OTHER_JA4[0]) if rng.random() < 0.4 else _app(rng),
        length,
    ), int(rng.choice([5223, 5228]))


def jabber(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """Jabber: presence of others at random (gaps' CV below 1.5, as in the captures), a blank every minute."""
    score = Score()
    _login(score, rng)
    times = _random(rng, _log(rng, 8, 90), length)
    score.say(times, False, _sizes(rng, 160, 400, len(times), _log(rng, 0.05, 0.5)))
    score.say(_timer(rng, 60, length), True, 1)
    return _tls(score, rng, _app(rng), length), 5222


def team_chat(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A team's chat over WebSocket: pings that are answered, talk in bursts."""
    score = Score()
    _login(score, rng, (400, 1400), (200, 1300))
    score.told(_timer(rng, float(rng.choice([15, 25, 30])), length), 2, 6, 0.05)
    times = _bursts(rng, _log(rng, 300, 3600), length, 20, 3)
    score.say(times, False, _sizes(rng, 200, 900, len(times), 0.6))
    mine = _bursts(rng, _log(rng, 600, 5000), length, 6, 4)
    score.ask(mine, _sizes(rng, 200, 500, len(mine), 0.4), 120, 0.06)
    return _tls(score, rng, _web(rng), length), 443


def mqtt_fixed(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A subscriber to things that report on a fixed timer: several of them, each on its own phase."""
    score = Score()
    _login(score, rng, (40, 200), (4, 40))
    gap, size = _log(rng, 5, 120), _log(rng, 60, 700)
    for _ in range(int(rng.integers(1, 6))):
        times = _timer(rng, gap, length, 0.3)
        score.say(times, False, np.round(size * np.exp(rng.normal(0, 0.01, len(times)))).astype(int))
    score.ask(_timer(rng, 60, length), 2, 2, 0.05)
    return _tls(score, rng, _app(rng, 0.6), length), int(rng.choice([8883, 443]))


def mqtt_on_change(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A subscriber to one thing that reports every so often and at once on a change: a pool's very pace. The hard one."""
    score = Score()
    _login(score, rng, (40, 260), (4, 40))
    times = _on_change(rng, float(rng.choice([10, 30, 60, 300])), _log(rng, 40, 2000), length)
    score.say(times, False, _sizes(rng, 60, 500, len(times), float(rng.choice([0.0, 0.01, 0.05]))))
    score.ask(_timer(rng, 60, length), 2, 2, 0.05)
    return _tls(score, rng, _app(rng, 0.6), length), int(rng.choice([8883, 443]))


def electrum(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A wallet that subscribed to headers: one notice of one length at each block, a ping a minute, look-ups."""
    score = Score()
    _login(score, rng, (90, 300), (120, 400))
    late = blocks + rng.lognormal(np.log(_log(rng, 0.5, 5)), 0.5, len(blocks))
    score.say(late, False, int(rng.integers(230, 290)))
    score.ask(_timer(rng, 60, length), 55, 40, 0.1)
    times = _bursts(rng, _log(rng, 1800, 20_000), length, 8, 0.5)
    score.ask(times, 130, _sizes(rng, 100, 2000, len(times), 0.8), 0.1)
    return _tls(
        score, rng, Hello(sni=None if rng.random() < 0.5 else "electrum.example.org", ja4=OPENSSL_JA4), length
    ), int(rng.choice([50002, 50002, 443]))


def phone_wallet(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A wallet that asks a server for the height of the chain every few seconds."""
    score = Score()
    _login(score, rng)
    times = _timer(rng, _log(rng, 5, 60), length, 0.3)
    score.ask(times, 240, _sizes(rng, 200, 600, len(times), 0.02), 0.1)
    return _tls(score, rng, _web(rng), length), 443


def bitcoin_node(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A peer of a Bitcoin node: inventories both ways, blocks, pings every two minutes."""
    score = Score()
    for up in (True, False):
        times = _random(rng, _log(rng, 1, 8), length)
        score.say(times, up, 61 + 36 * rng.geometric(0.2, len(times)))
    late = blocks + rng.lognormal(0, 0.8, len(blocks))
    score.say(late, False, rng.integers(9000, 30_000, len(late)))
    score.ask(_timer(rng, 120, length), 32, 32, 0.1)
    return [score.talk(0, length)], 8333


def ethereum_node(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A peer of an Ethereum node: transactions all the time, pings every 15 s."""
    score = Score()
    for up in (True, False):
        times = _random(rng, _log(rng, 0.3, 2), length)
        score.say(times, up, _sizes(rng, 80, 1400, len(times), 0.7))
    score.ask(_timer(rng, 15, length), 32, 32, 0.1)
    return [score.talk(0, length)], 30303


def explorer(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A page that shows the chain live: statistics every few seconds, a block when there is one."""
    score = Score()
    _login(score, rng, (400, 1200), (400, 1300))
    times = _random(rng, _log(rng, 2, 12), length)
    score.say(times, False, _sizes(rng, 200, 3000, len(times), 0.5))
    late = blocks + rng.lognormal(0, 0.7, len(blocks))
    score.say(late, False, rng.integers(2000, 20_000, len(late)))
    return _tls(score, rng, _web(rng, "explorer.example.org"), length), 443


def block_notice(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A program that is told of every block and of nothing else, with a heartbeat of its own."""
    score = Score()
    _login(score, rng, (100, 600), (60, 400))
    late = blocks + rng.lognormal(np.log(_log(rng, 0.5, 4)), 0.5, len(blocks))
    score.say(late, False, int(rng.integers(150, 900)))
    if rng.random() < 0.7:
        score.told(_timer(rng, float(rng.choice([20, 30, 60])), length), 2, 6, 0.05)
    return _tls(score, rng, _app(rng), length), 443


def price_ticker(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """An exchange's prices: one length, again and again."""
    score = Score()
    _login(score, rng, (200, 900), (60, 400))
    gap = _log(rng, 2, 20)
    times = _timer(rng, gap, length, 0.1) if rng.random() < 0.5 else _random(rng, gap, length)
    score.say(times, False, _sizes(rng, 120, 900, len(times), 0.02))
    score.told(_timer(rng, float(rng.choice([20, 30])), length), 2, 6, 0.05)
    return _tls(score, rng, _web(rng) if rng.random() < 0.6 else _app(rng), length), 443


def pool_page(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A pool's page of statistics in a browser, which asks every half minute."""
    score = Score()
    _login(score, rng, (400, 1200), (800, 1400))
    times = _timer(rng, float(rng.choice([10, 30, 60])), length, 0.3)
    score.ask(times, 320, _sizes(rng, 500, 4000, len(times), 0.05), 0.15)
    return _tls(score, rng, _web(rng, "stats.example.org"), length), 443


def game(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A game in the background: a timer of its server, and events."""
    score = Score()
    _login(score, rng)
    score.say(_timer(rng, _log(rng, 5, 30), length, 0.2), False, int(rng.integers(40, 250)))
    score.say(_timer(rng, _log(rng, 5, 30), length, 0.2), True, int(rng.integers(20, 120)))
    times = _random(rng, _log(rng, 20, 200), length)
    score.say(times, False, _sizes(rng, 60, 500, len(times), 0.5))
    return (
        ([score.talk(0, length)], int(rng.choice([5000, 7777, 27015])))
        if rng.random() < 0.5
        else (_tls(score, rng, _app(rng), length), 443)
    )


def game_lobby(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A game's launcher: heartbeats that are answered, friends who come and go."""
    score = Score()
    _login(score, rng, (300, 1300))
    score.ask(_timer(rng, float(rng.choice([9, 30, 60])), length), 60, 50, 0.1)
    times = _bursts(rng, _log(rng, 120, 1200), length, 3, 2)
    score.say(times, False, _sizes(rng, 150, 600, len(times), 0.5))
    return _tls(score, rng, _app(rng), length), int(rng.choice([443, 27017]))


def remote_shell(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A shell left open: its server's keep-alive, and work now and again; or `top` that runs on."""
    score = Score()
    _login(score, rng)
    score.told(_timer(rng, float(rng.choice([15, 30, 60, 300])), length), 16, 16, 0.05)
    times = _bursts(rng, _log(rng, 900, 9000), length, 60, 0.4)
    score.ask(times, 4, _sizes(rng, 4, 300, len(times), 1.0), 0.05)
    if rng.random() < 0.3:
        ticks = _timer(rng, float(rng.choice([2, 3, 5, 10, 60])), length, 0.05)
        score.say(ticks, False, _sizes(rng, 150, 1500, len(ticks), 0.2))
    return [ssh_of(score.talk(0, length), rng, 0.05)], 22


def server_events(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A page with server-sent events: a comment every so often, and figures when they change."""
    score = Score()
    _login(score, rng, (400, 1200), (300, 1300))
    score.say(_timer(rng, float(rng.choice([15, 30])), length), False, int(rng.integers(2, 20)))
    times = _random(rng, _log(rng, 20, 600), length)
    score.say(times, False, _sizes(rng, 200, 1200, len(times), _log(rng, 0.01, 0.4)))
    return _tls(score, rng, _web(rng), length), 443


def idle_vpn(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A VPN over TCP that nobody uses: both ends ping, now and again a little goes through."""
    score = Score()
    _login(score, rng)
    every = float(rng.choice([10, 10, 20, 60]))
    for up in (True, False):
        score.say(_timer(rng, every, length), up, 66)
    times = _bursts(rng, _log(rng, 300, 5000), length, 20, 0.3)
    score.ask(times, _sizes(rng, 100, 600, len(times), 0.5), _sizes(rng, 150, 1300, len(times), 0.6), 0.05)
    return [score.talk(0, length)], int(rng.choice([443, 1194]))


def remote_help(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A remote desktop's relay, waiting: keep-alives of both sides, each answered."""
    score = Score()
    _login(score, rng, (200, 1200), (100, 900))
    score.ask(_timer(rng, _log(rng, 10, 60), length), 40, 40, 0.05)
    score.told(_timer(rng, _log(rng, 20, 120), length, 0.3), int(rng.integers(60, 400)), 60, 0.05)
    return _tls(score, rng, _app(rng, 0.5), length), int(rng.choice([443, 5938, 7070]))


def mail_idle(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A mail program that waits for mail: the server says that it is still there, every two minutes."""
    score = Score()
    _login(score, rng)
    score.say(_timer(rng, float(rng.choice([120, 120, 300])), length, 0.05), False, int(rng.integers(18, 30)))
    times = _bursts(rng, _log(rng, 900, 7200), length, 5, 0.4)
    score.ask(times, 40, _sizes(rng, 100, 5000, len(times), 1.0), 0.1)
    return _tls(score, rng, _app(rng), length), 993


def monitored(blocks: Floats, length: float, rng: np.random.Generator) -> Made:
    """A monitoring server's agent: tasks pushed on a timer, results handed in at once or in bulk."""
    score = Score()
    _login(score, rng, (200, 1200), (100, 1200))
    ticks = _timer(rng, float(rng.choice([10, 30, 60, 120])), length, 0.1)
    score.say(ticks, False, _sizes(rng, 100, 700, len(ticks), float(rng.choice([0, 0.02, 0.2]))))
    if rng.random() < 0.7:
        score.say(ticks + rng.uniform(0.1, 3, len(ticks)), True, _sizes(rng, 200, 3000, len(ticks), 0.2))
    return _tls(score, rng, _app(rng, 0.6), length), int(rng.choice([443, 10051, 8443]))


HARMLESS: Mapping[str, Maker] = {
    "messenger, constant push": messenger,
    "push to a phone": phone_push,
    "Jabber presence": jabber,
    "team chat": team_chat,
    "MQTT, fixed timers": mqtt_fixed,
    "MQTT, on change or timer": mqtt_on_change,
    "wallet told of blocks (Electrum)": electrum,
    "wallet that polls": phone_wallet,
    "Bitcoin node": bitcoin_node,
    "Ethereum node": ethereum_node,
    "chain explorer": explorer,
    "notice of every block": block_notice,
    "price ticker": price_ticker,
    "pool's web page": pool_page,
    "game": game,
    "game launcher": game_lobby,
    "remote shell": remote_shell,
    "server-sent events": server_events,
    "idle VPN": idle_vpn,
    "remote help": remote_help,
    "mail, waiting": mail_idle,
    "monitoring agent": monitored,
    "notice of every block, 150 s": block_notice,
    "notice of every block, 13 s": block_notice,
}
FOLLOWED: Mapping[str, str] = {"notice of every block, 150 s": "LTC", "notice of every block, 13 s": "ETC"}
"""The chain that a kind follows, where it is not Bitcoin."""


def harmless(kind: str, blocks: Floats, length: float, rng: np.random.Generator) -> Pair:
    """One host and one server for so many seconds; `blocks`: seconds of its chain's arrivals from the begin."""
    talks, port = HARMLESS[kind](blocks, length, rng)
    return Pair(kind, False, talks, port)
