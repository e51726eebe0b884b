"""What all pages share: their frame, and findings as a table."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from holdfast.model.finding import Finding, Verdict

SIGNS = {Verdict.PASS: "✔ pass", Verdict.UNKNOWN: "? unknown", Verdict.FAIL: "✖ fail"}

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1f2933; max-width: 1320px }
body { margin: 1.2rem auto; padding: 0 1rem; overflow-wrap: break-word }
h1 { font-size: 1.45rem; margin: 0 0 .2rem } h2 { font-size: 1.1rem; margin: 1.5rem 0 .4rem }
p { margin: .3rem 0 } p.about { color: #52606d } a { color: #0b4f8a }
table { border-collapse: collapse; width: 100% }
th, td { padding: .3rem .6rem; text-align: left; vertical-align: top }
th { border-bottom: 2px solid #1f2933; font-weight: 600 } td { border-bottom: 1px solid #dde3e9 }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
table.narrow { width: auto } tr.first td { border-top: 2px solid #9aa5b1; background: #f3f6f9 }
td.rule, td.host, .sign { white-space: nowrap } td.rule, .remedy { color: #52606d }
.sign { font-weight: 600 } .pass { color: #1b6e3c } .unknown { color: #9a5b00 } .fail { color: #b3261e }
.verdict { display: inline-block; border: 2px solid currentColor; border-radius: 4px; padding: 0 .6rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .9rem; margin: 0 }
dt { color: #52606d } dd { margin: 0; min-width: 0 }
@media print { body { font-size: 12px; margin: 0; max-width: none } h2, tr { break-after: avoid } }
@media print { .picture, tr { break-inside: avoid } a { color: inherit } }
"""


def page(title: str, body: str) -> str:
    """A whole document; `title` is plain text, `body` is markup."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>\n"
    )


def link(path: str, text: str = "") -> str:
    """A link to a file below the page's folder, by its path."""
    return f'<a href="{quote(path)}">{escape(text or path)}</a>'


def sign(verdict: Verdict) -> str:
    """The verdict with a sign that needs no colour."""
    return f'<span class="sign {verdict.name.lower()}">{SIGNS[verdict]}</span>'


def badge(verdict: Verdict) -> str:
    """The verdict of a whole page."""
    return f'<span class="verdict {verdict.name.lower()}">{SIGNS[verdict]}</span>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names, plain, with what they stand for, in markup."""
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{told}</dd>' for name, told in pairs)}</dl>"


def wanting(findings: Iterable[Finding]) -> str:
    """What did not pass, the gravest first."""
    wrong = [f for f in findings if f.verdict is not Verdict.PASS]
    if not wrong:
        return "<p>Every finding passed.</p>"
    return f"<h2>Not passed: {len(wrong)}</h2>{table_of(wrong)}"


def table_of(findings: Iterable[Finding]) -> str:
    """Findings with what was seen and the cure, the gravest first."""
    rows = "".join(
        f"<tr><td>{sign(f.verdict)}</td><td class=rule>{escape(f.rule)}</td><td>{escape(f.subject)}</td>"
        f"<td>{escape(f.detail)}{_remedy(f)}</td></tr>"
        for f in sorted(findings, key=lambda f: -f.verdict)
    )
    return f"<table><tr><th></th><th>rule</th><th>subject</th><th>what was seen</th></tr>{rows}</table>"


def _remedy(finding: Finding) -> str:
    return f"<br><span class=remedy>→ {escape(finding.remedy)}</span>" if finding.remedy else ""
