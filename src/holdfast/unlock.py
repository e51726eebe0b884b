"""What the operator brings: secrets from variables and commands, and a certificate in PEM files."""

from __future__ import annotations

import os
import re
import select
import shlex
import stat
import subprocess
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from holdfast.model.certificate import operator_errors
from holdfast.model.cloud import Cloud, OperatorCertificate, SecretFrom, SecretSource
from holdfast.model.pair import Pair
from holdfast.model.secret import Secret
from holdfast.strongbox import Fault, VaultError, collecting

COMMAND_PATIENCE = 30.0
LARGEST = 1024 * 1024
"""Bytes; what a command prints beside its secret, and a PEM file with a long chain, have a hundredth."""

FIT = re.compile(r"[A-Za-z0-9._~-]{8,256}")
"""What an operator's secret may be: it goes into URLs and files that give other characters a meaning."""


def own_secrets(
    cloud: Cloud, names: Iterable[str], environment: Mapping[str, str] = os.environ
) -> dict[str, Secret]:
    """Those of `names` that the cloud file takes from elsewhere. Raises VaultError with all that fail."""
    found: dict[str, Secret] = {}
    faults: list[Fault] = []
    for name in names:
        if name in cloud.secrets:
            with collecting(faults):
                found[name] = Secret(_asked(name, cloud.secrets[name], environment))
    if faults:
        raise VaultError(*faults)
    return found


def own_pair(files: OperatorCertificate, address: str, now: datetime) -> tuple[Pair, str]:
    """The operator's pair for the address and its authority. Raises VaultError with all that is wrong."""
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    for what, path in (("certificate", files.certificate), ("key", files.key), ("ca", files.ca)):
        with collecting(faults):
            texts[what] = _pem(what, Path(path).expanduser())
    if not faults:
        key = Secret(texts["key"])
        where = f"tls: the certificate given for the address {address} cannot be used"
        cure = "give PEM files that can, or remove `tls` from the cloud file to have a certificate issued"
        wrong = _wrong(texts["certificate"], key, texts["ca"], address, now)
        faults = [Fault(f"{where}: {why}; {cure}", ("tls",)) for why in wrong]
    if faults:
        raise VaultError(*faults)
    return Pair(texts["certificate"], key), texts["ca"]


def _wrong(certificate: str, key: Secret, ca: str, address: str, now: datetime) -> tuple[str, ...]:
    try:
        return operator_errors(certificate, key, ca, address, now)
    except Exception as error:
        # The parser has an exception of its own for each thing that a certificate may be made of
        # (an unknown version, curve or name, an extension given twice); to a reader all mean the same.
        return (f"a part of it cannot be read ({type(error).__name__})",)


def _pem(what: str, path: Path) -> str:
    """A PEM file's text, looked at before it is read. Raises VaultError."""

    def refusal(why: str, cure: str) -> VaultError:
        return VaultError(Fault(f"tls: the {what} {path} cannot be used: {why}; {cure}", ("tls", what)))

    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise refusal("it is not a regular file, and may never end", "name the PEM file itself")
        if status.st_size > LARGEST:
            raise refusal("it has more than 1 MiB", "name the PEM file itself")
        if what == "key" and (mode := stat.S_IMODE(status.st_mode)) & 0o022:
            cure = f"see that it is still yours, then chmod 600 {path}"
            raise refusal(f"others can change it (its mode is {mode:o})", cure)
        return path.read_text(encoding="ascii").rstrip() + "\n"
    except OSError as error:
        raise refusal(error.strerror or str(error), "correct its path or its permissions") from None
    except ValueError:
        raise refusal("it is not PEM but has other bytes", "convert it: openssl can") from None


def _asked(name: str, source: SecretSource, environment: Mapping[str, str]) -> str:
    """An operator's secret, fit for use. Raises VaultError."""
    if source.kind is SecretFrom.ENV:
        where, text = f"the variable {source.origin[0]}", _variable(name, source.origin[0], environment)
    else:
        where, text = f"the command `{shlex.join(source.origin)}`", _first_line(name, source.origin)
    if not FIT.fullmatch(text):
        raise _refusal(
            name,
            f"from {where} cannot be used: it must be 8 to 256 letters, digits and . _ ~ - only, because it "
            "goes into URLs and files that give others a meaning",
            "choose another",
        )
    return text


def _refusal(name: str, why: str, cure: str) -> VaultError:
    return VaultError(Fault(f"the secret '{name}' {why}; {cure}", ("secrets", name)))


def _variable(name: str, variable: str, environment: Mapping[str, str]) -> str:
    if variable not in environment:
        raise _refusal(
            name,
            f"is to come from the variable {variable}, which is not set",
            "set it (sudo drops variables, unless told otherwise with --preserve-env)",
        )
    return environment[variable]


def _first_line(name: str, argv: tuple[str, ...]) -> str:
    def refusal(why: str, cure: str) -> VaultError:
        return _refusal(name, f"is to come from the command `{shlex.join(argv)}`, which {why}", cure)

    try:
        code, printed = _run(argv)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its words cannot be a command"
        raise refusal(f"cannot be started: {why}", "correct it in the cloud file") from None
    except subprocess.TimeoutExpired:
        raise refusal(f"did not end within {COMMAND_PATIENCE:g} s", "run it by hand") from None
    if len(printed) > LARGEST:
        raise refusal("printed more than 1 MiB", "give one that prints the secret and ends")
    if code:
        raise refusal(f"ended with {code}", "run it by hand to see why")
    line, *_ = printed.splitlines() or [b""]
    if not line:
        raise refusal("printed nothing", "the first line it prints is the secret")
    return line.decode(errors="replace")


def _run(argv: tuple[str, ...]) -> tuple[int, bytes]:
    """A command's end and what it printed. Raises OSError, ValueError, TimeoutExpired.

    One that prints more than LARGEST is ended there: a command without end would fill the memory.
    """
    quiet = subprocess.DEVNULL
    with subprocess.Popen(argv, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, bufsize=0) as process:
        try:
            printed = _read(process, time.monotonic() + COMMAND_PATIENCE)
        except BaseException:
            process.kill()
            raise
        if len(printed) > LARGEST:
            process.kill()
    return process.returncode, printed


def _read(process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """What it prints until it ends, or until there is more than LARGEST of it. Raises TimeoutExpired."""
    assert process.stdout is not None
    printed = bytearray()
    while len(printed) <= LARGEST:
        left = max(0.0, deadline - time.monotonic())
        if not select.select([process.stdout], [], [], left)[0]:
            raise subprocess.TimeoutExpired(process.args, COMMAND_PATIENCE)
        chunk = process.stdout.read(LARGEST)
        if not chunk:
            process.wait(left)
            break
        printed += chunk
    return bytes(printed)
