"""A running TAXII server over a library, for tests on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from minewarden.intel.library import Library
from minewarden.intel.taxii.server import COLLECTION, ROOT, Collection, serve
from tests.intel.lists import NOW, listed, source


def library_of(path: Path, count: int) -> Library:
    library = Library(path)
    library.load(source(), listed("\n".join(f"p{n}.example" for n in range(count))), NOW)
    return library


@contextmanager
def served(library: Library, login: str = "") -> Iterator[str]:
    """The address of the server while it runs."""
    server = serve(Collection(library, "云川市", clock=lambda: NOW), "127.0.0.1", 0, login=login)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


OBJECTS = f"/{ROOT}/collections/{COLLECTION}/objects/"
