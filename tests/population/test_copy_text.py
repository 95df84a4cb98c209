"""Text for PostgreSQL's COPY: read back by PostgreSQL it is what was given."""

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eid.population.copy_text import build_copy_text

TEXTS = st.none() | st.text(
    st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from(["\\", "\t", "\n", "\r", "N", "."])
)
ROWS = st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1), TEXTS, TEXTS), min_size=1)


def test_a_row_is_a_line_with_tabs_between_fields() -> None:
    assert build_copy_text([[1, 2], ["Nguyễn", None]]) == "1\tNguyễn\n2\t\\N\n".encode()


def test_only_what_parts_fields_and_lines_is_escaped() -> None:
    assert build_copy_text([["a\tb\\N", None], ["x", "y\r\n"]]) == b"a\\tb\\\\N\tx\n\\N\ty\\r\\n\n"


def test_a_backslash_is_not_taken_for_nothing() -> None:
    assert build_copy_text([["\\N"], [None]]) == b"\\\\N\t\\N\n"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_postgresql_reads_what_was_given(postgres: str, rows: list[tuple[int, str | None, str | None]]) -> None:
    with psycopg.connect(postgres) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE given (place serial, number bigint, one text, other text)")
        with cursor.copy("COPY given (number, one, other) FROM STDIN") as copy:
            copy.write(build_copy_text(list(zip(*rows, strict=True))))
        assert cursor.execute("SELECT number, one, other FROM given ORDER BY place").fetchall() == rows
        connection.rollback()
