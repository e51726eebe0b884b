"""The way to hosts: transports, the observation program and the actions' program."""
