"""Writes ages.csv: the groups of ages_unfitted.csv, fitted to what the mid-term census of 2024 published.

Iterative proportional fitting (Deming and Stephan, 1940) of sexes and four bands of age; README.md says where both come from.
"""

import csv
from pathlib import Path

HERE = Path(__file__).parent
ROUNDS = 200
SEXES = ("male", "female")
Cell = tuple[int, str]


def read(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def band(age: int) -> str:
    return "child" if age < 15 else "adult" if age < 60 else "ageing" if age < 65 else "old"


def margins() -> tuple[dict[str, float], dict[str, float]]:
    """Thousands by band of age and by sex."""
    published = {row["what"]: float(row["value"]) for row in read("published.csv")}
    people = published["people"] / 1000
    children, old = (people * published[f"percent_{what}"] / 100 for what in ("younger_than_15", "65_and_older"))
    ageing = published["people_60_and_older"] / 1000 - old
    bands = {"child": children, "ageing": ageing, "old": old, "adult": people - children - ageing - old}
    return bands, {"male": published["men"] / 1000, "female": published["women"] / 1000}


def fit(cells: dict[Cell, float]) -> dict[Cell, float]:
    """Thousands by first year of age and sex; bands and sexes add up to the margins."""
    bands, sexes = margins()
    for _ in range(ROUNDS):
        for wanted, name in ((bands, lambda cell: band(cell[0])), (sexes, lambda cell: cell[1])):
            found = {margin: sum(n for cell, n in cells.items() if name(cell) == margin) for margin in wanted}
            cells = {cell: n * wanted[name(cell)] / found[name(cell)] for cell, n in cells.items()}
    return cells


def build_rows() -> list[tuple[int, int, int, int]]:
    rows = read("ages_unfitted.csv")
    cells = fit({(int(row["from"]), sex): float(row[sex]) for row in rows for sex in SEXES})
    return [(int(row["from"]), int(row["to"]), *(round(cells[int(row["from"]), sex]) for sex in SEXES)) for row in rows]


def main() -> None:
    with (HERE / "ages.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("from", "to", *SEXES))
        writer.writerows(build_rows())


if __name__ == "__main__":
    main()
