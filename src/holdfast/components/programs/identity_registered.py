"""Tells what identity has on record: regions, endpoints, roles and who holds which of them, as JSON.

Usage: identity_registered.py CONFIG, as the service's own user, with the release's interpreter. Reads the
database directly, over the connection of the service's own configuration: the API may not run yet, and a
question must not depend on a token. It changes nothing.
"""

import configparser
import json
import sys
import urllib.parse

import pymysql

TIMEOUT = 3  # seconds for the database to accept, and to answer each question
HELD = (
    "SELECT u.name, r.name, {target} FROM {table} a JOIN role r ON r.id = a.role_id "
    "JOIN local_user u ON u.user_id = a.actor_id JOIN user ON user.id = u.user_id {join} "
    "WHERE a.type = '{kind}' AND NOT a.inherited AND r.domain_id = '<<null>>' "
    "AND u.domain_id = {domain} AND user.enabled"
)
OF_A_PROJECT = {
    "table": "assignment",
    "kind": "UserProject",
    "target": "p.name",
    "join": "JOIN project p ON p.id = a.target_id",
    "domain": "'default'",
}
OF_ITS_DOMAIN = {
    "table": "assignment",
    "kind": "UserDomain",
    "target": "CONCAT('the domain ', p.name)",
    "join": "JOIN project p ON p.id = a.target_id AND p.is_domain AND p.enabled",
    "domain": "p.id",
}
OF_ALL = {
    "table": "system_assignment",
    "kind": "UserSystem",
    "target": "'the system'",
    "join": "",
    "domain": "'default'",
}
HOLDERS = (OF_A_PROJECT, OF_ITS_DOMAIN, OF_ALL)
QUESTIONS = {
    "regions": "SELECT id FROM region",
    "endpoints": "SELECT s.type, e.interface, e.region_id, e.url FROM endpoint e "
    "JOIN service s ON s.id = e.service_id",
    "roles": "SELECT name FROM role WHERE domain_id = '<<null>>'",
    "assignments": " UNION ".join(HELD.format(**holder) for holder in HOLDERS),
}


def connected(config):
    """A connection to the service's own schema. Raises MySQLError, OSError."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read(config)
    url = urllib.parse.urlsplit(parser["database"]["connection"])
    options = dict(urllib.parse.parse_qsl(url.query))
    return pymysql.connect(
        host=url.hostname,
        port=url.port,
        user=url.username,
        password=urllib.parse.unquote(url.password),
        database=url.path.lstrip("/"),
        ssl_ca=options["ssl_ca"],
        ssl_verify_cert=True,
        ssl_verify_identity=True,
        bind_address=options["bind_address"],
        connect_timeout=TIMEOUT,
        read_timeout=TIMEOUT,
    )


def registered(link):
    """The rows of each question, as lists."""
    found = {}
    with link.cursor() as cursor:
        for name, query in QUESTIONS.items():
            cursor.execute(query)
            found[name] = sorted(list(row) for row in cursor.fetchall())
    return found


if __name__ == "__main__":
    json.dump(registered(connected(sys.argv[1])), sys.stdout)
