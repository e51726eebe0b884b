"""Users and schemas of all services, made by one idempotent script."""

from __future__ import annotations

from hashlib import sha256

from holdfast.model.catalogue import Here, Site
from holdfast.model.parts import Database, Once, When

CHECK_USER = "holdfast-dbcheck"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _user(site: Site, database: Database) -> list[str]:
    """What makes a user and its schemas, or sets right what is there."""
    user, password = database.user, _quoted(site.secret(database.secret).reveal())
    return [
        *(f"CREATE DATABASE IF NOT EXISTS `{schema}`;" for schema in database.schemas),
        f"CREATE USER IF NOT EXISTS '{user}'@'%' IDENTIFIED BY {password} REQUIRE SSL;",
        f"ALTER USER '{user}'@'%' IDENTIFIED BY {password} REQUIRE SSL;",
        *(f"GRANT ALL PRIVILEGES ON `{schema}`.* TO '{user}'@'%';" for schema in database.schemas),
    ]


def provision(here: Here) -> tuple[Once, ...]:
    """Schemas and users, as one idempotent script: done again when any of it changes."""
    lines = [f"CREATE USER IF NOT EXISTS '{CHECK_USER}'@'localhost' IDENTIFIED VIA unix_socket;"]
    for database in (d for component in here.site.catalogue for d in component.databases):
        lines += _user(here.site, database)
    script = "\n".join(lines) + "\n"
    return (
        Once(
            id="schemas",
            when=When.AFTER_START,
            why="a schema and a user of its own for each service, TLS required",
            argv=("mariadb", "--batch"),
            stdin=script,
            digest=sha256(script.encode()).hexdigest(),
        ),
    )
