"""To one who is none of the hosts a deployed cloud is shut, but for what it publishes.

One story in the order of its tests: each builds on the cloud as the one before left it.
"""

from collections.abc import Iterator

import pytest
from story import Story, booted, three_controllers
from stranger import Stranger, stranger
from waiting import wait_until

pytestmark = [pytest.mark.lab, pytest.mark.story]
HOSTS = {"alpha": 11, "bravo": 12, "charlie": 13}
SSH, PUBLISHED = 22, 5000
INSIDE = (3306, 4369, 4444, 4567, 4568, 4569, 5671, 8404, 8405, 9200, 11211, 25672)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with booted(tmp_path_factory.mktemp("cloud"), three_controllers) as told:
        applied = told.run("apply", "--yes", timeout=600)
        assert applied.returncode == 0, applied.stdout + applied.stderr
        yield told


def address(story: Story, last: int) -> str:
    line = next(line for line in story.file.read_text().splitlines() if "cidr:" in line)
    return f"{line.split()[-1].rpartition('.')[0]}.{last}"


@pytest.fixture
def outside(story: Story) -> Iterator[Stranger]:
    with stranger(story, [f"{address(story, 200)}/24"]) as found:
        yield found


def test_a_stranger_finds_what_is_published_alone(story: Story, outside: Stranger) -> None:
    listening = story.ask("alpha", "ss -Hltn")
    assert all(f":{port} " in listening for port in INSIDE if port not in (4444, 4568, 4569)), listening
    virtual = address(story, 10)
    assert outside.open_ports(virtual) == [SSH, PUBLISHED]
    for last in HOSTS.values():
        assert outside.open_ports(address(story, last)) == [SSH]


def test_the_machine_that_logged_in_asks_every_backend(story: Story) -> None:
    verify = story.run("verify", "--json")
    assert verify.returncode == 0, verify.stdout


def test_without_the_rules_the_scan_would_see_them(story: Story, outside: Stranger) -> None:
    """The planted violation: the scan can find what is open, and status says that the rules are gone."""
    story.ask("bravo", "nft delete table inet holdfast")
    try:
        found = outside.open_ports(address(story, HOSTS["bravo"]), 3000, 12000)
        assert {3306, 4567, 9200, 11211} <= set(found)
        status = story.run("status")
        assert status.returncode == 1 and "no rules are in place" in status.stdout
    finally:
        story.ask("bravo", "systemctl restart holdfast-firewall")
    wait_until(lambda: story.run("status").returncode == 0)


def test_a_start_brings_the_rules_before_any_client(story: Story, outside: Stranger) -> None:
    story.power("charlie", "off")
    story.power("charlie", "on")
    wait_until(lambda: outside.open_ports(address(story, HOSTS["charlie"]), 20, 30) == [SSH])
    assert "chain arriving" in story.ask("charlie", "nft list table inet holdfast")
    assert outside.open_ports(address(story, HOSTS["charlie"]), 3000, 12000) == []
    wait_until(lambda: story.run("status").returncode == 0, 300)


def test_rules_that_shut_the_operator_out_are_taken_back(story: Story) -> None:
    """New rules that nobody confirms by a new login go within 30 s; those confirmed before stand again."""
    rules = "/etc/holdfast/firewall.nft"
    story.ask("alpha", f"cp {rules} /root/firewall.nft && echo '# shuts out' >> {rules}")
    story.ask("alpha", "systemctl reload holdfast-firewall")
    wait_until(lambda: "taken back" in story.ask("alpha", "cat /run/holdfast-firewall/taken-back"), 30)
    assert "chain arriving" in story.ask("alpha", "nft list table inet holdfast")
    repaired = story.run("apply", "--yes")
    assert repaired.returncode == 0, repaired.stdout + repaired.stderr
    assert story.ask("alpha", f"cmp {rules} /root/firewall.nft && echo same").endswith("same")
