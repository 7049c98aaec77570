"""Bytes for the eye."""

from collections.abc import Iterator

BYTES_PER_LINE = 16


def hexdump(content: bytes) -> Iterator[str]:
    """Lines of an offset, sixteen bytes, and their characters, as `hexdump -C` has them."""
    for offset in range(0, len(content), BYTES_PER_LINE):
        part = content[offset : offset + BYTES_PER_LINE]
        letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        yield f"{offset:08x}  {part.hex(' '):<{3 * BYTES_PER_LINE - 1}}  |{letters}|"
