"""Writes ethnic_groups_by_province.csv: counted cells stay, the rest is fitted so that provinces and groups add up.

Iterative proportional fitting (Deming and Stephan, 1940). A cell that nobody counted starts as the province's people times
how near the province lies to where the group lives; README.md says what each kind of cell is worth.
"""

import csv
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
ROUNDS = 200
MIGRANTS_GO_TO = ("01", "27", "48", "66", "67", "68", "70", "74", "75", "79")
"""Big towns, industrial provinces and the highlands settled since 1975."""
Cell = tuple[str, str]


def read(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fit(people: dict[str, float], groups: dict[str, float], counted: dict[Cell, float]) -> dict[Cell, float]:
    """People by province and group; rows and columns add up to what is given."""
    homes = defaultdict(list)
    for (province, group), count in counted.items():
        if count >= groups[group] / 20:
            homes[group].append(int(province))
    cells = {}
    for province in people:
        for group in groups:
            distance = min((abs(int(province) - home) for home in homes[group]), default=0)
            near = 1.0 if group == "Kinh" or distance <= 3 else 0.1 if province in MIGRANTS_GO_TO else 0.01
            cells[province, group] = people[province] * groups[group] * near
    rows = {p: people[p] - sum(n for (q, _), n in counted.items() if q == p) for p in people}
    columns = {g: groups[g] - sum(n for (_, h), n in counted.items() if h == g) for g in groups}
    for cell in counted:
        del cells[cell]
    for _ in range(ROUNDS):
        for axis, wanted in ((1, columns), (0, rows)):
            found: dict[str, float] = defaultdict(float)
            for cell, count in cells.items():
                found[cell[axis]] += count
            cells = {cell: n * max(wanted[cell[axis]], 0) / found[cell[axis]] for cell, n in cells.items()}
    return cells | counted


def in_ten_thousand(shares: dict[str, float]) -> dict[str, int]:
    """Whole numbers that add up to ten thousand: the largest remainders are rounded up."""
    total = sum(shares.values())
    exact = {name: 10_000 * share / total for name, share in shares.items()}
    whole = {name: int(value) for name, value in exact.items()}
    for name in sorted(exact, key=lambda n: whole[n] - exact[n])[: 10_000 - sum(whole.values())]:
        whole[name] += 1
    return whole


def main() -> None:
    groups = {row["name"]: 1000 * float(row["thousands"]) for row in read("ethnic_groups.csv")}
    people = {row["code"]: 1000 * float(row["thousands"]) for row in read("../places/populations.csv")}
    scale = sum(groups.values()) / sum(people.values())
    counted = {(r["province"], r["ethnic_group"]): float(r["people"]) for r in read("ethnic_groups_counted.csv")}
    cells = fit({code: count * scale for code, count in people.items()}, groups, counted)
    with (HERE / "ethnic_groups_by_province.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("province", "ethnic_group", "per_10000"))
        for code in people:
            for name, share in in_ten_thousand({g: cells[code, g] for g in groups}).items():
                if share:
                    writer.writerow((code, name, share))


if __name__ == "__main__":
    main()
