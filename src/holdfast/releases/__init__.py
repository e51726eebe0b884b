"""Locks of the OpenStack series that Holdfast deploys."""
