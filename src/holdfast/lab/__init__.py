"""The lab: real machines of a cloud file on this machine, with power switches and links."""

from holdfast.lab.clean import clean_all
from holdfast.lab.command import LabError
from holdfast.lab.image import build_image, image_path
from holdfast.lab.lab import Lab, LabHost, LabSpec, MachineState
from holdfast.lab.preflight import problems

__all__ = [
    "Lab", "LabError", "LabHost", "LabSpec", "MachineState", "build_image", "clean_all",
    "image_path", "problems",
]  # fmt: skip
