"""The gate after a step: what must hold before those that need the step may begin."""

from __future__ import annotations

from holdfast.converge.patience import Patience
from holdfast.converge.walk import Walk
from holdfast.hosts.observe import ask
from holdfast.hosts.transport import Transport, Unreachable
from holdfast.model.observed import Answer
from holdfast.model.plan import Gate, Step


async def _proven(transport: Transport, gate: Gate) -> Answer | None:
    """A no where the gate's proof did not succeed. Raises Unreachable where nobody could log in for it."""
    if not gate.proof:
        return None
    done = await transport.run_anew(gate.proof)
    return Answer(False, f"`{' '.join(gate.proof)}` ended with {done.code}") if done.code else None


async def pass_gate(walk: Walk, step: Step, gate: Gate) -> str:
    """Asks until the answer is yes; "" or, past the deadline, the question with the last value seen."""
    question = walk.questions[gate.host, gate.question]
    patience, lost = Patience(walk, step), 0
    while True:
        try:
            answer = await _proven(walk.transports[gate.host], gate) or await ask(
                walk.transports[gate.host], question
            )
        except Unreachable as unreachable:
            text, lost = str(unreachable), lost + 1
        else:
            if answer.ok:
                return ""
            text, lost = answer.text, 0
        # One lost connection may be an accident, two in a row are not.
        if patience.ended(gate.deadline) or lost > 1:
            when = patience.given(gate.deadline)
            return f"{gate.host}: not so within {when}: {question.meaning}; last seen: {text}"
        await patience.wait(f"{question.meaning}: {text}")
