"""Which face stands in for which of the official typefaces, and whether this machine has it.

Documents for Word and WPS name the commercial faces, which every office has. On the page that the server makes, free
faces stand in; a character that one lacks comes from the next, so that rare names print (docs/adr/0006-documents.md).
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import typst

# Debian's texlive-lang-chinese keeps the Fandol faces outside the folders that programs search.
EXTRA_FOLDERS = (Path("/usr/share/texlive/texmf-dist/fonts/opentype/public/fandol"),)


@dataclass(frozen=True, slots=True)
class Face:
    """One role: the name written into .docx, and the stand-ins on the server's page, best first."""

    role: str
    office: str
    stand_ins: tuple[str, ...]


_EVERYTHING = ("LXGW WenKai", "Noto Serif CJK SC", "Noto Sans CJK SC")
FACES = {
    face.role: face
    for face in (
        Face("fang", "仿宋_GB2312", ("FangSong_GB2312", "FangSong", "FandolFang R", "FandolFang", *_EVERYTHING)),
        Face("kai", "楷体_GB2312", ("KaiTi_GB2312", "KaiTi", "LXGW WenKai", "Noto Serif CJK SC", "Noto Sans CJK SC")),
        Face("hei", "黑体", ("SimHei", "Noto Sans CJK SC", "LXGW WenKai")),
        Face("biao", "方正小标宋简体", ("FZXiaoBiaoSong-B05S", "Noto Serif CJK SC", "LXGW WenKai", "Noto Sans CJK SC")),
        Face("song", "宋体", ("SimSun", "Noto Serif CJK SC", "LXGW WenKai", "Noto Sans CJK SC")),
    )
}
# Only the first few of a role are in its own style; what follows them keeps text legible, no more.
_IN_STYLE = {"fang": 4, "kai": 3, "hei": 2, "biao": 2, "song": 2}


@cache
def collection() -> typst.Fonts:
    """Every face that this machine offers; looked up once, since it reads the whole of the font folders."""
    return typst.Fonts(include_system_fonts=True, font_paths=[str(f) for f in EXTRA_FOLDERS if f.is_dir()])


@cache
def installed() -> frozenset[str]:
    """The names of the families at hand, in lower case."""
    return frozenset(info.family.lower() for info in collection().fonts())


def families(role: str) -> list[str]:
    """The stand-ins of a role that are at hand, best first; never empty, so that a page can always be made."""
    present = [name for name in FACES[role].stand_ins if name.lower() in installed()]
    return present or ["Libertinus Serif"]


def missing_roles() -> list[str]:
    """The roles for which no face in its own style is at hand: the page will not look as it should."""
    return [role for role, face in FACES.items() if not _has_style(role, face)]


def _has_style(role: str, face: Face) -> bool:
    return any(name.lower() in installed() for name in face.stand_ins[: _IN_STYLE[role]])
