"""Tells which cells nova knows, with their databases and buses, and which compute hosts they have, as JSON.

Usage: nova_mapped.py CONFIG, as the service's own user, with the release's interpreter. Reads the schema of
the API directly: no process of nova's need run. It changes nothing.
"""

import configparser
import json
import sys
import urllib.parse

import pymysql

TIMEOUT = 3  # seconds for the database to accept, and to answer each question
QUESTIONS = {
    "cells": "SELECT uuid, name, database_connection, transport_url FROM cell_mappings WHERE NOT disabled",
    "hosts": "SELECT host FROM host_mappings",
}


def connected(config):
    """A connection to the API's schema. Raises MySQLError, OSError."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read(config)
    url = urllib.parse.urlsplit(parser["api_database"]["connection"])
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


def mapped(link):
    """The rows of each question, as lists."""
    found = {}
    with link.cursor() as cursor:
        for name, query in QUESTIONS.items():
            cursor.execute(query)
            found[name] = sorted(list(row) for row in cursor.fetchall())
    return found


if __name__ == "__main__":
    json.dump(mapped(connected(sys.argv[1])), sys.stdout)
