"""Functions over bytes and numbers, compiled to machine code at their first call and kept on the disk for the next one.

Importing this module loads the compiler, which takes a third of a second: only what reads large captures does so. Every
compiled function has a counterpart in NumPy or plain Python, which small captures use, and which tests hold it against.
"""

import ctypes
import gc
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

import pyarrow as pa


def _loaded(name: str) -> Any:
    """A module that makes some hundred thousand objects which all stay: meanwhile garbage is not looked for."""
    looked = gc.isenabled()
    gc.disable()
    try:
        return import_module(name)
    finally:
        if looked:
            gc.enable()


def _without_blas(linear: Any) -> None:
    """Load what the first call of a compiled function would, but not SciPy's linear algebra: the compiler looks for it
    at this one moment, it takes as long as all else, and nothing here uses it."""
    found = linear.ensure_blas

    def absent() -> None:
        raise ImportError("not looked for")

    linear.ensure_blas = absent
    try:
        _loaded("numba.np.arraymath")
    finally:
        linear.ensure_blas = found


def _keep_memory() -> None:
    """Let the C library keep up to 256 MiB of what is freed, in one heap: large blocks come and go, and the kernel
    clears each page that it gives anew, which takes longer than what is done with many of them."""
    trim_threshold, map_threshold, most_heaps = -1, -3, -8  # glibc's malloc.h
    with suppress(AttributeError, OSError, TypeError):  # Other libraries have no such function.
        tell = ctypes.CDLL(None).mallopt
        for what, value in ((trim_threshold, 256 << 20), (map_threshold, 32 << 20), (most_heaps, 1)):
            tell(what, value)


def give_back() -> None:
    """Let the kernel have what is kept, here and by Arrow, once all large blocks are done with."""
    pa.default_memory_pool().release_unused()
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


_keep_memory()
numba: Any = _loaded("numba")
_without_blas(_loaded("numba.np.linalg"))
intrinsic: Any = import_module("numba.extending").intrinsic
ir: Any = import_module("llvmlite.ir")


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function when it is first called.

    The machine code is kept beside the source, else in the user's cache folder (or NUMBA_CACHE_DIR); where none of them
    can be written it is made anew by every process, which costs some seconds.
    """
    try:
        made: Callable[..., Any] = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        made = numba.njit(nogil=True)(function)
    return made


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Put a small function into the code of whoever calls it. A call hands an array over, which is then counted as held
    once more and once less: for what takes a few instructions, that is most of the work."""
    made: Callable[..., Any] = numba.njit(nogil=True, inline="always")(function)
    return made


def lean(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that makes no array, and is called by compiled ones only: it does not count who holds those
    that it is given, as its caller does."""
    try:
        made: Callable[..., Any] = numba.njit(cache=True, nogil=True, _nrt=False)(function)
    except RuntimeError:
        made = numba.njit(nogil=True, _nrt=False)(function)
    return made
