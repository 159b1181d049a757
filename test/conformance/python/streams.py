"""The streams of compressed payloads (SPEC.md §7): each gives the payload, or None where it is refused."""

import zlib

import zstandard


def inflate(stream: bytes, length: int):
    """One raw DEFLATE stream, used to its last byte."""
    decoder = zlib.decompressobj(-15)
    try:
        payload = decoder.decompress(stream, length + 1)
    except zlib.error:
        return None
    return payload if decoder.eof and not decoder.unused_data and not decoder.unconsumed_tail else None


def unzstd(stream: bytes, length: int):
    """One Zstandard frame, used to its last byte."""
    window = max(1 << 15, 1 << (length - 1).bit_length())
    decoder = zstandard.ZstdDecompressor(max_window_size=window).decompressobj()
    payload = b""
    try:
        # In small pieces: a piece gives a block of 128 KiB at most, and then it is too much.
        for at in range(0, len(stream), 16):
            payload += decoder.decompress(stream[at : at + 16])
            if len(payload) > length or decoder.unused_data:
                return None
            if decoder.eof:
                return payload if at + 16 >= len(stream) else None
    except zstandard.ZstdError:
        return None
    return None
