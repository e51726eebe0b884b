"""Users and schemas of all services, made by one idempotent script; another drops the users that left."""

from __future__ import annotations

from hashlib import sha256

from holdfast.components.questions.provision import nobody_left, provisioned
from holdfast.model.catalogue import Here, Site
from holdfast.model.parts import Database, Once, When
from holdfast.model.question import Question

CHECK_USER = "holdfast-dbcheck"
RECORD = "`holdfast_record`.`users`"
"""Who was made here, in a schema that no service's user has any right to: who could write there could have
any user dropped."""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _user(site: Site, database: Database) -> list[str]:
    """What makes a user and its schemas, or sets right what is there.

    It is on record from before it is made. One that is there already and not on record is somebody's own.
    """
    user, password = database.user, _quoted(site.secret(database.secret).reveal())
    return [
        *(f"CREATE DATABASE IF NOT EXISTS `{schema}`;" for schema in database.schemas),
        f"INSERT IGNORE INTO {RECORD} SELECT '{user}' FROM DUAL WHERE NOT EXISTS "
        f"(SELECT 1 FROM mysql.user WHERE User = '{user}' AND Host = '%');",
        f"CREATE USER IF NOT EXISTS '{user}'@'%' IDENTIFIED BY {password} REQUIRE SSL;",
        f"ALTER USER '{user}'@'%' IDENTIFIED BY {password} REQUIRE SSL;",
        *(f"GRANT ALL PRIVILEGES ON `{schema}`.* TO '{user}'@'%';" for schema in database.schemas),
    ]


def _drop(users: list[str]) -> list[str]:
    """What drops the users on record that nobody wants any more. Their schemas stay, with the data."""
    left = f"FROM {RECORD} WHERE name NOT IN ({', '.join(map(_quoted, users))})"
    return [
        f"SET @gone = (SELECT GROUP_CONCAT(QUOTE(name), '@''%''') {left});",
        "EXECUTE IMMEDIATE IF(@gone IS NULL, 'DO 0', CONCAT('DROP USER IF EXISTS ', @gone));",
        f"DELETE {left};",
    ]


def _script(site: Site, databases: list[Database]) -> str:
    lines = [
        "CREATE DATABASE IF NOT EXISTS `holdfast_record`;",
        f"CREATE TABLE IF NOT EXISTS {RECORD} (name VARCHAR(128) PRIMARY KEY) ENGINE = InnoDB;",
        f"CREATE USER IF NOT EXISTS '{CHECK_USER}'@'localhost' IDENTIFIED VIA unix_socket;",
        # It takes the member out of the group before its disk is full.
        f"GRANT SHUTDOWN ON *.* TO '{CHECK_USER}'@'localhost';",
    ]
    for database in databases:
        lines += _user(site, database)
    return "\n".join(lines) + "\n"


def provision(here: Here) -> tuple[Once, ...]:
    """What makes schemas and users, and at the very end what drops the users whose service has left.

    It drops them when the service has left every host: until then it may be at work.
    """
    databases = [d for component in here.site.catalogue for d in component.databases]
    return _schemas(here.site, databases), _farewell([d.user for d in databases])


def _schemas(site: Site, databases: list[Database]) -> Once:
    """One idempotent script: done again when any of it changes or is gone."""
    script = _script(site, databases)
    return Once(
        id="schemas",
        when=When.AFTER_START,
        why="a schema and a user of its own for each service, TLS required",
        argv=("mariadb", "--batch"),
        stdin=script,
        digest=sha256(script.encode()).hexdigest(),
        holds=Question(
            "database-users",
            provisioned,
            "every user with its schemas and rights is there",
            {"users": {d.user: list(d.schemas) for d in databases}, "local": CHECK_USER},
            deadline=10,
        ),
    )


def _farewell(users: list[str]) -> Once:
    script = "\n".join(_drop(users)) + "\n"
    return Once(
        id="farewell",
        when=When.AFTER_LEAVING,
        why="users of the database whose service has left the cloud file go; their schemas stay",
        argv=("mariadb", "--batch"),
        stdin=script,
        digest=sha256(script.encode()).hexdigest(),
        holds=Question(
            "database-leavers",
            nobody_left,
            "no user is there whose service has left",
            {"users": users, "record": RECORD},
            deadline=10,
        ),
    )
