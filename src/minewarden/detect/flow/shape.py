"""What the sums of a long connection tell: messages each way, their size, pace and evenness, as numbers to weigh.

The number of messages is reconstructed from packets: a message that is small, as all of a pool are, is one packet, and
TCP answers each with a packet without payload unless a message goes that way at once. So of the packets down D, and of
those up D plus one for each message up that had an answer. Source: the idea of XMR-Ray (Russo, Srndic, Laskov 2021).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from minewarden.detect.flow.pieces import COARSE_US, LEAST_SLICES, QUANTILE_BITS, grid

Floats = NDArray[np.float64]
_MSS, _LEAST_MESSAGE = 1400.0, 20.0

JUDGED_S = 7200.0
"""What was watched for less is not judged: in an hour too many harmless programs look like a miner."""


class Grain(StrEnum):
    """How finely a connection was seen: five minutes, half an hour, or by its totals only."""

    FINE = "fine"
    COARSE = "coarse"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Messages:
    """Reconstructed: how many messages each way, and their mean payload in bytes (with what encryption adds)."""

    up: Floats
    down: Floats
    up_size: Floats
    down_size: Floats


def messages(pu: Floats, pd: Floats, bu: Floats, bd: Floats) -> Messages:
    """From packets and payload bytes of each direction; arrays of one length."""
    least_up = np.ceil(bu / _MSS)
    up = np.clip(pu - pd, np.maximum(least_up, np.minimum(bu, 1.0)), np.maximum(least_up, bu / _LEAST_MESSAGE))
    least_down = np.ceil(bd / _MSS)
    down = np.clip(pd, np.minimum(bd, 1.0), np.maximum(least_down, bd / _LEAST_MESSAGE))
    return Messages(up, down, bu / np.maximum(up, 1.0), bd / np.maximum(down, 1.0))


def grains(rows: pa.RecordBatch) -> NDArray[np.str_]:
    """The grain of each row of `pieces.flows`."""
    slices, width = _column(rows, "slices"), _column(rows, "width")
    grain = np.where(width >= COARSE_US, Grain.COARSE.value, Grain.FINE.value)
    return np.where((slices < LEAST_SLICES) | (width == 0), Grain.WHOLE.value, grain)


def judged(rows: pa.RecordBatch) -> NDArray[np.bool_]:
    """Which rows were watched long enough and hold enough to be judged."""
    seen: NDArray[np.bool_] = (_column(rows, "span") >= JUDGED_S) & (_column(rows, "pd") >= 8)
    return seen & (_column(rows, "pu") >= 8)


def features(rows: pa.RecordBatch) -> Mapping[str, Floats]:
    """Numbers to weigh, by name; those over slices are 0 where there are too few. Never NaN or infinite."""
    pu, pd, bu, bd = (_column(rows, name) for name in ("pu", "pd", "bu", "bd"))
    span = np.maximum(_column(rows, "span"), 1.0)
    told = messages(pu, pd, bu, bd)
    out = {
        "down_rate": _log(bd / span, 1e-3),
        "up_rate": _log(bu / span, 1e-3),
        "down_pace": _log(60 * pd / span, 1e-2),
        "up_pace": _log(60 * told.up / span, 1e-2),
        "down_size": _log(told.down_size, 1.0),
        "up_size": _log(told.up_size, 1.0),
        "up_packet": _log(bu / np.maximum(pu, 1.0), 0.1),
        "extra": np.clip((pu - pd) / np.maximum(pd, 1.0), -2.0, 4.0),
    }
    down, up, packets, sizes, up_sizes = (
        _quantiles(rows, name) for name in ("bd_q", "bu_q", "pd_q", "size_q", "up_size_q")
    )
    width = np.maximum(_column(rows, "width") / 1e6, 1.0)
    out |= {
        "unsteady": _log(_half(packets) ** 2 * width / np.maximum(packets[:, 1], 1e-6), 1e-4),
        "burst": _log(_column(rows, "bd_top") / np.maximum(down[:, 1], 1e-3), 0.1),
        "up_burst": _log(_column(rows, "bu_top") / np.maximum(up[:, 1], 1e-3), 0.1),
        "pace_burst": _log(_column(rows, "pd_top") / np.maximum(packets[:, 1], 1e-6), 0.1),
        "down_spread": _log(_half(down) / np.maximum(down[:, 1], 1e-3), 1e-4),
        "up_spread": _log(_half(up) / np.maximum(up[:, 1], 1e-3), 1e-4),
        "size_spread": _log(_half(sizes) / np.maximum(sizes[:, 1], 1.0), 1e-4),
        "up_size_spread": _log(_half(up_sizes) / np.maximum(up_sizes[:, 1], 1.0), 1e-4),
        "typical_size": _log(sizes[:, 1], 1.0),
        "typical_up": _log(up_sizes[:, 1], 0.1),
        "spoke": _column(rows, "spoke"),
    }
    out |= _silence(rows, span) | _rebuilt(rows)
    return {name: np.nan_to_num(values, nan=0.0, posinf=12.0, neginf=-12.0) for name, values in out.items()}


def _silence(rows: pa.RecordBatch, span: Floats) -> dict[str, Floats]:
    """How long nobody spoke where one record ended and the next began, each way.

    A router cuts a lasting connection where its own clock says so, and one that is silent for long at the silence. So
    the gaps between records are a sample of those between packets, drawn by their length: compared with all gaps, those
    of the sample are as long for a timer, twice as long for chance, and far longer for bursts.
    """
    out: dict[str, Floats] = {}
    for way, packets in (("up", "pu"), ("down", "pd")):
        quiet = _log(_quantiles(rows, f"quiet_{way}_q"), 1e-2)
        out |= {f"{way}_quiet_low": quiet[:, 0], f"{way}_quiet": quiet[:, 1], f"{way}_quiet_high": quiet[:, 2]}
        each = _column(rows, f"silent_{way}") / np.maximum(_column(rows, f"pauses_{way}"), 1.0)
        out[f"{way}_pause"] = _log(each * _column(rows, packets) / span, 1e-3)
    return out


def _rebuilt(rows: pa.RecordBatch) -> dict[str, Floats]:
    """Sizes and numbers of messages from how bytes and packets go together from slice to slice, by least squares.

    With J jobs of j bytes, and U messages up of s bytes that have an answer of r, a slice shows U s bytes up, J + U
    packets and J j + U r bytes down, and J + 2 U packets up. So bytes down are j times the packets down and a multiple
    of the bytes up, and packets up beyond those down are the bytes up through s, whatever the slice. How well that
    holds, how large j and s are, and whether J and U vary like a timer, like chance, or in bursts, tells much.
    """
    names = ("p1", "u1", "d1", "qq", "qp", "qu", "pp", "pu_", "uu", "dp", "du", "dd")
    p, u, d, qq, qp, qu, pp, pu, uu, dp, du, dd = (_column(rows, name) for name in names)
    ridge = 1e-9
    whole = pp * uu - pu * pu
    apart = whole > 1e-6 * pp * uu
    job = np.where(apart, (dp * uu - du * pu) / np.where(apart, whole, 1.0), dp / np.maximum(pp, ridge))
    more = np.where(apart, (du * pp - dp * pu) / np.where(apart, whole, 1.0), 0.0)
    left = np.maximum(dd - job * dp - more * du, 0.0)
    each = (qu - pu) / np.maximum(uu, ridge)
    size = np.clip(1 / np.maximum(each, 1e-5), 1.0, 1e5)
    beyond = qq - 2 * qp + pp
    off = np.maximum(beyond - 2 * each * (qu - pu) + each * each * uu, 0.0)
    # Jobs: packets down that answer nothing, with as many answers as the packets up tell.
    answers = np.maximum(each, 0.0)
    jobs = p - answers * u
    jobs_var = np.maximum(pp - 2 * answers * pu + answers**2 * uu - jobs**2, 0.0)
    return {
        "job": _log(job, 1.0),
        "job_fit": _log(left / np.maximum(dd, ridge), 1e-7),
        "answer": np.clip(more, -10.0, 10.0),
        "share": _log(size, 1.0),
        "share_fit": _log(off / np.maximum(p, 1e-3), 1e-5),
        "share_chance": _log(np.maximum(uu - u * u, 0.0) / np.maximum(u * np.minimum(size, 300.0), ridge), 1e-4),
        "job_chance": _log(jobs_var / np.maximum(jobs, 1e-3), 1e-4),
        "jobs": _log(jobs, 1e-2),
        "share_chance_low": _log(np.maximum(uu - u * u, 0.0) / np.maximum(u, ridge), 1e-3),
        "even": _log(np.maximum(dd - d * d, 0.0) / np.maximum(d, ridge), 1e-3),
    }


def _column(rows: pa.RecordBatch, name: str) -> Floats:
    values: Floats = rows.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
    known: Floats = np.nan_to_num(values, nan=0.0)
    return known


def _quantiles(rows: pa.RecordBatch, name: str) -> Floats:
    """Rows of 16 %, median, 84 %; zeros where there are none.

    Engines interpolate in ways that differ by the last bit, so that what they give is rounded to the grid of what they
    were given. Nothing lies just at a rounding's edge: between two points of the grid, at a fraction that is a multiple
    of 4 %, only the median can lie halfway, and that all of them give exactly.
    """
    column = rows.column(name)
    found = np.zeros((rows.num_rows, 3))
    there = column.is_valid().to_numpy(zero_copy_only=False)
    if there.any():
        found[there] = column.drop_null().flatten().to_numpy(zero_copy_only=False).reshape(-1, 3)
    return np.nan_to_num(found + grid(QUANTILE_BITS) - grid(QUANTILE_BITS), nan=0.0)


def _half(quantiles: Floats) -> Floats:
    spread: Floats = (quantiles[:, 2] - quantiles[:, 0]) / 2
    return spread


def _log(values: Floats, least: float) -> Floats:
    logarithm: Floats = np.log10(np.maximum(values, least))
    return logarithm
