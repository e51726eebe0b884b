"""The committed reference is the one that the schema gives."""

from pathlib import Path

from holdfast.front.reference import reference_markdown
from holdfast.model.cloudfile.schema import CloudSection, Section

DOCUMENT = Path(__file__).parent.parent / "docs/cloud-file.md"


def test_the_document_is_the_schema() -> None:
    assert DOCUMENT.read_text() == reference_markdown(), (
        "write it anew: python -m holdfast.front.reference > docs/cloud-file.md"
    )


def sections(section: type[Section] = Section) -> list[type[Section]]:
    return [each for one in section.__subclasses__() for each in (one, *sections(one))]


def test_every_key_of_every_section_is_described() -> None:
    text = reference_markdown()
    assert CloudSection in sections()
    for section in sections():
        for name, field in section.model_fields.items():
            assert field.description, f"{section.__name__}.{name}"
            assert f"| `{name}` |" in text and field.description in text
