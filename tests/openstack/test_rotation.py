"""A backend leaves the rotation before it stops, lets its calls end, and is waited for when it starts."""

import importlib.util
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest
from clouds import files_of, sites
from waiting import wait_until

from holdfast.model.certificate import issue, make_authority
from holdfast.model.pair import Pair
from holdfast.openstack import programs
from holdfast.openstack.wsgi import HEALTH_PATH


@pytest.fixture(scope="module")
def rotation() -> ModuleType:
    path = Path(programs.__file__).with_name("rotation.py")
    spec = importlib.util.spec_from_file_location("shipped_rotation", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def listening(address: str) -> Iterator[int]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as server:
        server.bind((address, 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_call_is_seen_though_nobody_accepted_it(rotation: ModuleType, address: str) -> None:
    with listening(address) as port:
        assert rotation.calls(address, port) == 0
        with socket.create_connection((address, port)):
            wait_until(lambda: rotation.calls(address, port) == 1)


def test_it_leaves_first_and_then_waits_for_the_calls_that_it_has(
    rotation: ModuleType, tmp_path: Path
) -> None:
    file = tmp_path / "leaving"
    with listening("127.0.0.1") as port:
        call = socket.create_connection(("127.0.0.1", port))
        left = threading.Thread(target=rotation.leave, args=(file, 0, "127.0.0.1", port, 60))
        left.start()
        wait_until(file.exists)
        assert left.is_alive(), "a call is under way"
        call.close()
        left.join()


def test_a_call_without_end_is_not_waited_for_for_ever(rotation: ModuleType, tmp_path: Path) -> None:
    with listening("127.0.0.1") as port, socket.create_connection(("127.0.0.1", port)):
        assert rotation.leave(tmp_path / "leaving", 0, "127.0.0.1", port, 0.1) is False


AUTHORITY = make_authority("test", datetime.now(UTC))


@pytest.fixture
def authority(tmp_path: Path) -> str:
    file = tmp_path / "ca.pem"
    file.write_text(AUTHORITY.certificate)
    return str(file)


@contextmanager
def health(folder: Path, *answers: int, signer: Pair = AUTHORITY) -> Iterator[str]:
    """A page that gives these answers over TLS, the last one for ever."""
    pair = issue(signer, ("127.0.0.1",), datetime.now(UTC))
    file = folder / "pair.pem"
    file.write_text(pair.certificate + pair.key.reveal())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    left = list(answers)

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"https://127.0.0.1:{server.server_port}/healthcheck"
        server.shutdown()


def test_a_start_waits_until_the_health_page_is_well(
    rotation: ModuleType, tmp_path: Path, authority: str
) -> None:
    with health(tmp_path, 503, 503, 200) as url:
        assert rotation.come_back(url, authority, 0, 60) is True


@pytest.mark.parametrize("page", ["{}", "https://127.0.0.1:1/"])
def test_a_start_goes_on_though_the_page_is_never_well(
    rotation: ModuleType, page: str, tmp_path: Path, authority: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with health(tmp_path, 503) as url:
        rotation.main("in", page.format(url), authority, "0", "0.1")
    assert "gave up" in capsys.readouterr().err


def test_a_page_of_another_authority_is_not_the_apis(
    rotation: ModuleType, tmp_path: Path, authority: str
) -> None:
    stranger = make_authority("stranger", datetime.now(UTC))
    with health(tmp_path, 200, signer=stranger) as url:
        assert rotation.answers(url, authority) is False


@pytest.mark.parametrize("name", sites())
def test_each_balanced_api_leaves_by_the_file_that_its_health_page_looks_for(name: str) -> None:
    site = sites()[name]
    files = files_of(site)
    places = [h for h in site.places if any(f.check_path == HEALTH_PATH for f in h.component.frontends)]
    assert places
    for here in places:
        unit = files[here.host.name, f"/etc/systemd/system/{here.component.units[0]}"].content
        ((file, port),) = re.findall(r"(?m)^ExecStop=.*_rotation\.py out (\S+) \S+ \S+ (\d+)", unit)
        page = f"disable_by_file_paths = {port}:{file}\n"
        before = re.search(rf"(?m)^Environment=.* HOLDFAST_OUT=\S*:{re.escape(file)}\b", unit)
        assert before or any(page in config.file(here).content for config in here.component.configs)
        (folder,) = re.findall(r"(?m)^RuntimeDirectory=(\S+)$", unit)
        assert file.startswith(f"/run/{folder}/"), "it ends with the unit's run"
