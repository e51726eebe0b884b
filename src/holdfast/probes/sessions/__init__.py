"""Clients of the cloud's protocols, shared by live probes and by drills' workloads."""
