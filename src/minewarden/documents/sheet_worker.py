"""The bounded process that opens a workbook of the old binary form: takes its bounds first, answers, and ends.

Such a file cannot be measured before it is opened, as the newer ones can. Standard input: one line of JSON with the
bounds, then the file. Standard output: a list of sheets, each a title and rows of texts. Exit codes: 0 answered, 3 out
of memory, 4 too many cells, 5 a password; anything else: it is no workbook.
"""

import io
import json
import resource
import sys

import python_calamine

from minewarden.documents.sheet_cells import text_of

_OUT_OF_MEMORY, _TOO_MANY, _PASSWORD, _BROKEN = 3, 4, 5, 6


def main() -> int:
    """Answer one question."""
    order = json.loads(sys.stdin.buffer.readline())
    for what, most in ((resource.RLIMIT_AS, order["memory"]), (resource.RLIMIT_CPU, order["seconds"])):
        _, ceiling = resource.getrlimit(what)
        least = most if ceiling == resource.RLIM_INFINITY else min(most, ceiling)
        resource.setrlimit(what, (least, least))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    cells, answer = 0, []
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        for title in book.sheet_names:
            grid = [[text_of(cell) for cell in row] for row in book.get_sheet_by_name(title).to_python()]
            cells += sum(len(row) for row in grid)
            if cells > order["cells"]:
                return _TOO_MANY
            answer.append([title, grid])
        sys.stdout.write(json.dumps(answer))
    except MemoryError:
        return _OUT_OF_MEMORY
    except python_calamine.PasswordError:
        return _PASSWORD
    except (python_calamine.CalamineError, ValueError, OSError):
        return _BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
