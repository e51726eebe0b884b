"""The proof's own schema and virtual host: where `verify` and drills write, apart from every service."""

from __future__ import annotations

from holdfast.model.component import Bus, Capability, Component, Database

COMPONENT = Component(
    name="proof",
    capability=Capability.PROOF,
    role=None,
    summary="a schema and a virtual host for end-to-end questions and drills",
    needs=("mariadb", "rabbitmq"),
    databases=(Database("holdfast"),),
    buses=(Bus("holdfast"),),
)
