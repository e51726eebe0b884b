"""How a person uses the cloud: a clouds.yaml entry, an openrc, and one command to paste."""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote

from holdfast.front.project import Project
from holdfast.model.address import at_port
from holdfast.model.entrance import entrance
from holdfast.strongbox import write_private


def keep_access(project: Project) -> None:
    """Writes `clouds.yaml` and `openrc` beside the cloud's other state, mode 0600.

    A cloud without identity has no users to log in: nothing is written then.
    """
    site, folder = project.site, project.state
    if not site.offers("identity"):
        return
    identity = entrance(site, "identity", "admin")
    url = f"https://{at_port(identity.address, identity.port)}/v3"
    ca = folder / "ca.pem"
    write_private(ca, site.ca)
    password = identity.password
    auth = {"auth_url": url, "username": "admin", "password": password, "project_name": "admin",
            "user_domain_name": "Default", "project_domain_name": "Default"}  # fmt: skip
    entry = {"auth": auth, "region_name": site.cloud.region, "cacert": str(ca), "identity_api_version": "3"}
    clouds, openrc = folder_files(project)
    # JSON is YAML; written so, no value can be read as anything but what it is.
    write_private(clouds, json.dumps({"clouds": {site.cloud.name: entry}}, indent=2) + "\n")
    variables = {f"OS_{name.upper()}": value for name, value in auth.items()}
    variables |= {"OS_REGION_NAME": site.cloud.region, "OS_CACERT": str(ca), "OS_IDENTITY_API_VERSION": "3"}
    write_private(openrc, "".join(f"export {name}={quote(value)}\n" for name, value in variables.items()))


def folder_files(project: Project) -> tuple[Path, Path]:
    """Where `clouds.yaml` and `openrc` are."""
    return project.state / "clouds.yaml", project.state / "openrc"


def access_words(project: Project) -> str:
    """What to type next, with the files that `keep_access` wrote."""
    import shutil
    import sys

    clouds, openrc = folder_files(project)
    if not clouds.exists():
        return f"address   {project.cloud.public_address}\n"
    client = Path(sys.executable).with_name("openstack")
    command = str(client) if client.exists() else shutil.which("openstack") or "openstack"
    return (
        f"address   {project.cloud.public_address}\n"
        f"clouds    {clouds}\n"
        f"openrc    {openrc}\n"
        f"try       OS_CLIENT_CONFIG_FILE={clouds} {command} --os-cloud {project.cloud.name} token issue\n"
    )
