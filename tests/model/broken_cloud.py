"""A valid cloud file to break, and what a broken one gives."""

import pytest
from clouds import KNOWN

from holdfast.model.cloudfile.errors import CloudFileErrors
from holdfast.model.cloudfile.reader import parse

SERIES = ("2026.1", "2026.2")
VALID = """\
name: three
release: "2026.2"
network:
  name: control
  cidr: 198.18.0.0/24
  virtual_address: 198.18.0.10
hosts:
  - name: alpha
    address: 198.18.0.11
    roles: [controller]
    zone: rack-1
  - name: bravo
    address: 198.18.0.12
    roles: [controller]
  - name: charlie
    address: 198.18.0.13
    roles: [endpoint, api, database, messaging, coordination, cache]
    ssh: {user: debian, port: 2222}
services: [keystone]
promises:
  power-address: {address: 0.4, identity: 1}
secrets:
  admin: {env: ADMIN_PASSWORD}
  database.keystone: {command: [pass, show, db]}
"""


def errors_of(text: str) -> list[tuple[int, int, str]]:
    with pytest.raises(CloudFileErrors) as caught:
        parse(text, KNOWN)
    for error in caught.value.errors:
        assert error.why and error.cure, error
    assert list(caught.value.errors) == sorted(caught.value.errors)
    return [(e.line, e.column, e.what) for e in caught.value.errors]
