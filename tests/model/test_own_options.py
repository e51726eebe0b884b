"""The operator's own options: what Holdfast must control is refused, however somebody spells it."""

from __future__ import annotations

import json

import pytest
from broken_cloud import VALID, errors_of
from clouds import KNOWN

from holdfast.components import catalogue
from holdfast.model.cloudfile.reader import parse

DATABASE, BUS, IDENTITY = "90-holdfast.cnf", "rabbitmq.conf", "keystone.conf"


def with_option(service: str, file: str, section: str, option: str, value: str = "2") -> str:
    """A cloud file with one option of its own, on its last line."""
    return f"{VALID}config: {json.dumps({service: {file: {section: {option: value}}}})}\n"


@pytest.mark.parametrize(
    ("service", "file", "what"),
    [
        ("keyston", IDENTITY, "unknown service 'keyston'"),
        ("keystone", "policy.conf", "keystone has no file 'policy.conf' that takes options"),
        ("chrony", "chrony.conf", "chrony has no file 'chrony.conf' that takes options"),
    ],
)
def test_a_file_that_there_is_not_is_refused(service: str, file: str, what: str) -> None:
    ((line, _, told),) = errors_of(with_option(service, file, "a", "b"))
    assert (line, told) == (VALID.count("\n") + 1, what)


@pytest.mark.parametrize(
    ("component", "config", "place"),
    [(c, config, place) for c in catalogue() for config in c.configs for place in config.fixed],
    ids=lambda each: getattr(each, "name", None) or " ".join(each),
)
def test_what_holdfast_must_control_is_refused(component, config, place: tuple[str, str]) -> None:
    section, option = place[0], place[1].replace("*", "any")
    found = errors_of(with_option(component.service, config.name, section, option))
    assert [what for _, _, what in found] == [f"[{section}] {option} of {config.name} cannot be set here"]


@pytest.mark.parametrize(
    ("service", "file", "section", "option"),
    [
        ("mariadb", DATABASE, "mariadbd", "innodb-flush-log-at-trx-commit"),
        ("mariadb", DATABASE, "mariadbd", "INNODB_FLUSH_LOG_AT_TRX_COMMIT"),
        ("mariadb", DATABASE, "mariadbd", "loose_innodb_flush_log_at_trx_commit"),
        ("mariadb", DATABASE, "mariadbd", "innodb_flush_log_at_trx"),
        ("mariadb", DATABASE, "mariadbd", "loose-skip-ssl"),
        ("mariadb", DATABASE, "mariadbd", "skip-networking"),
        ("mariadb", DATABASE, "mariadbd", "bind_address"),
        ("mariadb", DATABASE, "server", "innodb_flush_log_at_trx_commit"),
        ("mariadb", DATABASE, "mysqld", "wsrep_on"),
        ("mariadb", DATABASE, "mariadb-11.8", "wsrep-provider-evs-suspect-timeout"),
        ("rabbitmq", BUS, "elsewhere", "cluster_partition_handling"),
        ("rabbitmq", BUS, "main", "listeners.tcp.default"),
        ("keystone", IDENTITY, "Database", "connection"),
        ("keystone", IDENTITY, "DEFAULT", "transport-url"),
    ],
)
def test_another_spelling_is_the_same_option(service: str, file: str, section: str, option: str) -> None:
    ((_, _, what),) = errors_of(with_option(service, file, section, option))
    assert what == f"[{section}] {option} of {file} cannot be set here"


@pytest.mark.parametrize(
    ("section", "option", "value"),
    [
        ("mariadbd", "max_connections", "9\ninnodb_flush_log_at_trx_commit = 2"),
        ("mariadbd", "max_connections = 9\ninnodb_flush_log_at_trx_commit", "2"),
        ("mysql]\n[mariadbd", "max_connections", "9"),
        ("mariadbd", "!include", "/etc/other.cnf"),
        ("mariadbd", " innodb_flush_log_at_trx_commit", "2"),
        ("mariadbd", "", "2"),
        ("", "max_connections", "9"),
    ],
)
def test_an_option_brings_no_other_along(section: str, option: str, value: str) -> None:
    ((_, _, what),) = errors_of(with_option("mariadb", DATABASE, section, option, value))
    assert what == f"an option of {DATABASE} would not stand alone on its line"


@pytest.mark.parametrize(
    ("service", "file", "section", "option"),
    [
        ("mariadb", DATABASE, "mariadbd", "max_connections"),
        ("mariadb", DATABASE, "mariadbd", "skip-name-resolve"),
        ("mariadb", DATABASE, "mariadbd", "wsrep_slave_threads"),
        ("mariadb", DATABASE, "mysqldump", "port"),
        ("rabbitmq", BUS, "main", "channel_max"),
        ("keystone", IDENTITY, "token", "expiration"),
    ],
)
def test_all_else_is_theirs(service: str, file: str, section: str, option: str) -> None:
    cloud = parse(with_option(service, file, section, option), KNOWN)
    assert cloud.config[service][file] == {section: {option: "2"}}
