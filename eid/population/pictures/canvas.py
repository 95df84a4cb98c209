"""A sheet to draw on: SVG that stands by itself and is readable in light and in dark. Pure."""

from __future__ import annotations

from html import escape

STYLE = """
:root{--paper:#fff;--ink:#1c2733;--soft:#5b6876;--rule:#dfe4ea;--a:#2f6db5;--b:#d97a3a;--c:#4b9a6b;--d:#9a6bb0;
--q0:#eef3f8;--q1:#d0e1f1;--q2:#a3c6e4;--q3:#6aa3d3;--q4:#2f79b9;--q5:#124f86}
@media (prefers-color-scheme:dark){:root{--paper:#10161d;--ink:#e7edf3;--soft:#9aa8b6;--rule:#2a3541;--a:#6aa7e8;--b:#eb9a62;
--c:#73c193;--d:#bd93d1;--q0:#18222d;--q1:#1d3650;--q2:#245177;--q3:#3474a8;--q4:#5d9fd3;--q5:#a5d0f2}}
text{font:13px system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;fill:var(--ink)}
.paper{fill:var(--paper)}.title{font-size:18px;font-weight:600}.soft{fill:var(--soft)}.small{font-size:11px}
.tiny{font-size:9.5px}.rule{stroke:var(--rule);stroke-width:1}.a{fill:var(--a)}.b{fill:var(--b)}.c{fill:var(--c)}.d{fill:var(--d)}
.outline{fill:none;stroke:var(--ink);stroke-width:1.4}.line{fill:none;stroke-width:2.2}.line.a{fill:none;stroke:var(--a)}.line.b{fill:none;stroke:var(--b)}
.q0{fill:var(--q0)}.q1{fill:var(--q1)}.q2{fill:var(--q2)}.q3{fill:var(--q3)}.q4{fill:var(--q4)}.q5{fill:var(--q5)}
.on4,.on5{fill:#fff}@media (prefers-color-scheme:dark){.on4,.on5{fill:#0c1218}}
""".strip().replace("\n", "")


class Canvas:
    """Shapes in the order in which they are drawn; classes say what they are, the style sheet how that looks."""

    def __init__(self, width: int, height: int, title: str, subtitle: str) -> None:
        self.width, self.height, self.title = width, height, title
        self._parts: list[str] = []
        self.rect(0, 0, width, height, "paper")
        self.text(24, 32, title, "title")
        self.text(24, 52, subtitle, "soft")

    def rect(self, x: float, y: float, width: float, height: float, kind: str, hint: str = "") -> None:
        body = f"<title>{escape(hint)}</title>" if hint else ""
        self._parts.append(
            f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}">{body}</rect>'
        )

    def rule(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self._parts.append(f'<line class="rule" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def path(self, points: list[tuple[float, float]], kind: str) -> None:
        self._parts.append(f'<polyline class="{kind}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>')

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        self._parts.append(
            f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
        )

    def legend(self, x: float, y: float, entries: list[tuple[str, str]]) -> None:
        """Coloured squares with their names, side by side."""
        for kind, name in entries:
            self.rect(x, y - 10, 11, 11, kind)
            self.text(x + 16, y, name, "small")
            x += 34 + 6.2 * len(name)

    def to_svg(self) -> str:
        size = f'width="{self.width}" height="{self.height}" viewBox="0 0 {self.width} {self.height}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(self.title)}">'
        return f"{head}<style>{STYLE}</style>{''.join(self._parts)}</svg>\n"


def short_count(count: float) -> str:
    """12, 1.2k, 34k, 5.6M: as wide as a tile."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if count >= size:
            return f"{count / size:.1f}{unit}" if count < 10 * size else f"{count / size:.0f}{unit}"
    return f"{count:.0f}"
