"""Every question stands alone: what is sent is its own text, run by a bare Python on another machine."""

from __future__ import annotations

import ast
import builtins
import inspect
import json
import sys
import textwrap

import pytest
from clouds import sites

from holdfast.components import catalogue
from holdfast.model.question import Question

STDLIB = sys.stdlib_module_names


def all_questions() -> dict[str, Question]:
    found: dict[str, Question] = {}
    for site in sites().values():
        for here in site.places:
            asked = [p.health for p in here.processes]
            asked += [w.holds for w in here.component.once(here) if w.holds is not None]
            found |= {q.name: q for q in (*asked, *here.component.facts(here))}
    return found


every_question = pytest.mark.parametrize("question", all_questions().values(), ids=list(all_questions()))


def sent(question: Question) -> ast.FunctionDef:
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(question.ask))).body
    assert isinstance(function, ast.FunctionDef)
    return function


def free_names(function: ast.FunctionDef) -> set[str]:
    """Names that the compiled text takes from outside itself; annotations are not evaluated on hosts."""
    text = f"from __future__ import annotations\n{ast.unparse(function)}"
    pending = [compile(text, "question", "exec")]
    names: set[str] = set()
    while pending:
        code = pending.pop()
        pending += [c for c in code.co_consts if inspect.iscode(c)]
        if code.co_name != "<module>":
            names |= _globals_of(code)
    return names


def _globals_of(code: object) -> set[str]:
    import dis

    loads = ("LOAD_GLOBAL", "LOAD_NAME")
    return {i.argval for i in dis.get_instructions(code) if i.opname in loads}  # type: ignore[arg-type]


@every_question
def test_it_stands_alone(question: Question) -> None:
    assert free_names(sent(question)) <= set(dir(builtins))


@every_question
def test_it_imports_the_standard_library_only(question: Question) -> None:
    for node in ast.walk(sent(question)):
        if isinstance(node, ast.Import):
            assert {a.name.split(".")[0] for a in node.names} <= STDLIB
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] in STDLIB


@every_question
def test_its_arguments_fit_and_travel_as_json(question: Question) -> None:
    inspect.signature(question.ask).bind(**question.arguments)
    assert json.loads(json.dumps(dict(question.arguments))) == dict(question.arguments)


@every_question
def test_it_carries_no_secret(question: Question) -> None:
    assert "SECRET-" not in json.dumps(dict(question.arguments))


@every_question
def test_it_has_a_deadline_and_a_documented_text(question: Question) -> None:
    assert 0 < question.deadline <= 60
    assert inspect.getdoc(question.ask)


@every_question
def test_it_answers_with_ok_and_text(question: Question) -> None:
    """Each returned dictionary that is written out names both; nothing else may be returned."""
    function = sent(question)
    inner = {id(n) for f in function.body if isinstance(f, ast.FunctionDef) for n in ast.walk(f)}
    returns = [n.value for n in ast.walk(function) if isinstance(n, ast.Return) and id(n) not in inner]
    assert returns
    for value in returns:
        assert isinstance(value, ast.Dict)
        keys = {k.value for k in value.keys if isinstance(k, ast.Constant)}
        assert {"ok", "text"} <= keys


def test_a_question_that_leans_on_its_module_is_seen() -> None:
    assert "catalogue" in free_names(ast.parse("def f():\n    return len(catalogue())").body[0])  # type: ignore[arg-type]
    assert catalogue()
