"""Ports of the demo: taken as asked where they are free, and never taken from somebody else."""

import pytest

from eid.demo.processes import check_port_free, find_free_port
from eid.errors import Conflict
from tests.live import bound_listener


def test_the_preferred_port_is_taken_where_it_is_free() -> None:
    listener, url = bound_listener()
    listener.close()
    port = int(url.rsplit(":", 1)[1])
    assert find_free_port(port) == port


def test_another_port_is_found_where_something_listens_already() -> None:
    listener, url = bound_listener()
    with listener:
        port = int(url.rsplit(":", 1)[1])
        other = find_free_port(port)
        assert other != port
        check_port_free(other, option="--clinic-port")
        with pytest.raises(Conflict) as refusal:
            check_port_free(port, option="--clinic-port")
        assert refusal.value.code == "port_in_use"
