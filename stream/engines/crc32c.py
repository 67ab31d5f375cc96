"""The checksum of a record batch, CRC-32C, by the processor's own instruction where it has one.

aiokafka's, in C by tables, takes 0.41 ns a byte and this 0.09; for decisions of 0.9 KB that was nearly half of what
packing and closing their batches cost.
"""

import numpy as np
from aiokafka.record.util import calc_crc32c
from llvmlite import binding, ir
from numba import config, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from stream.contract.compiled import compiled

# Numba compiles for this processor, unless `NUMBA_CPU_NAME` names another, which may not have the instruction.
_SSE = not config.CPU_NAME and bool(binding.get_host_cpu_features().get("sse4.2"))


def crc32c(content: NDArray[np.uint8]) -> int:
    """Give the CRC-32C of contiguous bytes.

    >>> hex(crc32c(np.frombuffer(b"123456789", np.uint8)))
    '0xe3069283'
    """
    if not _SSE:
        return calc_crc32c(memoryview(content))
    return int(_crc32c(content))


@intrinsic
def _step_8(typingctx, crc, word):
    # Numba asks once, as it compiles, for the types and for what to put in place of a call.
    return types.uint64(types.uint64, types.uint64), _calls("llvm.x86.sse42.crc32.64.64", 64, 64)


@intrinsic
def _step_1(typingctx, crc, byte):
    return types.uint32(types.uint32, types.uint8), _calls("llvm.x86.sse42.crc32.32.8", 32, 8)


def _calls(name, crc_bits, bits):
    def generate(context, builder, signature, arguments):
        crc, part = ir.IntType(crc_bits), ir.IntType(bits)
        function = builder.module.declare_intrinsic(name, (), ir.FunctionType(crc, [crc, part]))
        return builder.call(function, arguments)

    return generate


_0, _1, _8 = np.uintp(0), np.uintp(1), np.uintp(8)


@compiled
def _crc32c(octets):
    crc, at, end = np.uint64(0xFFFFFFFF), _0, np.uintp(len(octets))
    while at + _8 <= end:
        # Compiled to one load. An array of words would have to begin at a multiple of eight; a batch begins anywhere.
        word = np.uint64(0)
        for i in range(_8):
            word |= np.uint64(octets[at + i]) << np.uint64(_8 * i)
        crc, at = _step_8(crc, word), at + _8
    last = np.uint32(crc)
    while at < end:
        last, at = _step_1(last, octets[at]), at + _1
    return last ^ np.uint32(0xFFFFFFFF)
