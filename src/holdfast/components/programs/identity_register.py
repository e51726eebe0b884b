"""Registers services with identity: their users, roles and endpoints, and takes away what it made for others.

Usage: identity_register.py CA < JSON. It is told on standard input {"url", "password", "region", "users":
{name: {"password", "roles", "domain"}}, "roles": [name], "endpoints": [[type, interface, URL]]}; nothing
secret is in its arguments. A user with a domain is in it, and has its roles over it. It may be run again at
any time: what is right is left alone. What it makes carries a description, so that what left the cloud file
can be told from what an operator made. A domain that nobody wants any more is closed and not deleted: it is
not known here what others keep in it.
"""

import json
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request

OURS = "made by Holdfast"
PROJECT = "service"
DOMAIN = "default"
TIMEOUT = 30  # seconds for one call: the first ones to a new API are slow
UNAUTHORIZED = 401


class Identity:
    """The API as its administrator comes to it."""

    def __init__(self, url, ca, password):
        self.url, self.context, self.token = url, ssl.create_default_context(cafile=ca), ""
        self.token = self.login("admin", password, DOMAIN, in_project("admin"))

    def login(self, name, password, domain, scope):
        """A token. Raises HTTPError where it is refused."""
        user = {"name": name, "domain": {"id": domain}, "password": password}
        identity = {"methods": ["password"], "password": {"user": user}}
        return self.send("POST", "/auth/tokens", {"auth": {"identity": identity, "scope": scope}})[1]

    def send(self, method, path, body=None):
        """The answer, and the token that came with it."""
        headers = {"Content-Type": "application/json", "X-Auth-Token": self.token}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=TIMEOUT, context=self.context) as reply:
            text = reply.read()
            return (json.loads(text) if text else {}), reply.headers.get("X-Subject-Token", "")

    def all(self, kind, **asked):
        """Everything of a kind that is as asked."""
        return self.send("GET", f"/{kind}?{urllib.parse.urlencode(asked)}")[0][kind]

    def made(self, kind, like, **more):
        """The one thing of a kind that is `like` that, made with `more` where there is none."""
        one = kind.removesuffix("s")
        found = self.all(kind, **like)
        return found[0] if found else self.send("POST", f"/{kind}", {one: {**like, **more}})[0][one]


def in_project(name):
    """The scope of a token for a project of the default domain."""
    return {"project": {"name": name, "domain": {"id": DOMAIN}}}


def register_roles(identity, roles):
    """Each role, given to nobody yet."""
    for role in roles:
        identity.made("roles", {"name": role})


def register_users(identity, users):
    """Each user with its password and its roles, in the project of all services or over its own domain."""
    project = identity.made("projects", {"name": PROJECT, "domain_id": DOMAIN}, description=OURS)["id"]
    for name, wanted in users.items():
        new = {"password": wanted["password"], "description": OURS}
        if wanted["domain"]:
            domain = opened(identity, wanted["domain"])
            target, scope = f"domains/{domain}", {"domain": {"id": domain}}
        else:
            domain, new["default_project_id"] = DOMAIN, project
            target, scope = f"projects/{project}", in_project(PROJECT)
        user = identity.made("users", {"name": name, "domain_id": domain}, **new)["id"]
        for role in wanted["roles"]:
            has = identity.made("roles", {"name": role})["id"]
            identity.send("PUT", f"/{target}/users/{user}/roles/{has}")
        if not logs_in(identity, name, wanted["password"], domain, scope):
            identity.send("PATCH", f"/users/{user}", {"user": {**new, "enabled": True}})


def opened(identity, name):
    """The id of a domain, which was made or was there, and is open."""
    domain = identity.made("domains", {"name": name}, description=OURS, enabled=True)
    if not domain["enabled"]:
        identity.send("PATCH", f"/domains/{domain['id']}", {"domain": {"enabled": True}})
    return domain["id"]


def logs_in(identity, name, password, domain, scope):
    """Whether the user comes in with that password."""
    try:
        return bool(identity.login(name, password, domain, scope))
    except urllib.error.HTTPError as error:
        if error.code == UNAUTHORIZED:
            return False
        raise


def register_endpoints(identity, region, endpoints):
    """One endpoint for each type and interface in the region, at its URL."""
    for kind, interface, url in endpoints:
        service = identity.made("services", {"type": kind}, name=kind, description=OURS)["id"]
        like = {"service_id": service, "interface": interface, "region_id": region}
        found = identity.all("endpoints", **like)
        for each in found[1:]:
            identity.send("DELETE", f"/endpoints/{each['id']}")
        if not found:
            identity.send("POST", "/endpoints", {"endpoint": {**like, "url": url}})
        elif found[0]["url"] != url:
            identity.send("PATCH", f"/endpoints/{found[0]['id']}", {"endpoint": {"url": url}})


def forget(identity, users, endpoints):
    """Services, users and domains that were made here, and that nobody wants any more."""
    kinds = {kind for kind, _, _ in endpoints}
    for service in identity.all("services"):
        if service.get("description") == OURS and service["type"] not in kinds:
            identity.send("DELETE", f"/services/{service['id']}")
    for user in identity.all("users", domain_id=DOMAIN):
        if user.get("description") == OURS and user["name"] not in users:
            identity.send("DELETE", f"/users/{user['id']}")
    wanted = {user["domain"] for user in users.values()}
    for domain in identity.all("domains"):
        if domain.get("description") == OURS and domain["enabled"] and domain["name"] not in wanted:
            identity.send("PATCH", f"/domains/{domain['id']}", {"domain": {"enabled": False}})


def main(ca, told):
    """Does all of what it is told."""
    identity = Identity(told["url"], ca, told["password"])
    register_roles(identity, told["roles"])
    register_users(identity, told["users"])
    register_endpoints(identity, told["region"], told["endpoints"])
    forget(identity, told["users"], told["endpoints"])


if __name__ == "__main__":
    try:
        main(sys.argv[1], json.load(sys.stdin))
    except urllib.error.HTTPError as refusal:
        # Never the request: it holds passwords.
        sys.exit(f"{refusal.url} answered {refusal.code}: {refusal.read(300).decode(errors='replace')}")
    except OSError as unreachable:
        sys.exit(f"identity does not answer: {unreachable}")
