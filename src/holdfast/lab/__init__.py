"""The lab: real machines of a cloud file on this machine, with power switches and links."""

from holdfast.lab.clean import clean_all
from holdfast.lab.command import LabError, UnknownName
from holdfast.lab.image import build_image, image_path
from holdfast.lab.lab import CardState, Lab, MachineState
from holdfast.lab.preflight import problems
from holdfast.lab.spec import LabCard, LabHost, LabNetwork, LabSpec

__all__ = [
    "CardState", "Lab", "LabCard", "LabError", "LabHost", "LabNetwork", "LabSpec", "MachineState",
    "UnknownName", "build_image", "clean_all", "image_path", "problems",
]  # fmt: skip
