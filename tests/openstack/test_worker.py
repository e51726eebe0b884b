"""A worker is asked whether its connections stand: the kernel answers, and no other process's count."""

import socket
import subprocess
import sys
from pathlib import Path

from holdfast.openstack.worker import links_stand


def test_an_own_connection_is_found_and_its_end_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            answer = links_stand(own_unit(), {"bus": port})
        assert answer == {"ok": True, "text": "connected to bus"}
        assert links_stand(own_unit(), {"bus": port})["text"] == "no connection to bus"


def test_every_link_that_is_missing_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            answer = links_stand(own_unit(), {"bus": port, "database": 1, "cache": 2})
    assert answer == {"ok": False, "text": "no connection to cache and database"}


def test_the_connection_of_another_unit_is_none_of_its_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            assert links_stand("nobody.service", {"bus": port})["ok"] is False


def test_it_needs_nothing_of_holdfast() -> None:
    source = Path(sys.modules[links_stand.__module__].__file__ or "").read_text()
    begin = source.index("def links_stand")
    function = source[begin : source.index("\n\n\n", begin)]
    script = f"from typing import Any\n{function}\nprint(links_stand('nobody.service', {{'bus': 1}})['ok'])"
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def own_unit() -> str:
    return Path("/proc/self/cgroup").read_text().rstrip().rpartition("/")[2]
