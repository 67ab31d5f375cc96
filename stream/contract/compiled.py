"""How compiled passes are compiled: arrays of numpy in, filled arrays out, nothing allocated and nothing raised.

Numba counts references to every array that a function is given, with an atomic operation each way, also for a step that
it calls at every byte. None of these functions keeps or makes an array, so there is nothing to count: without it the
scan of a value takes 0.48 us and not 1.2, and a time 0.05 and not 0.2. The option is numba's own and has no public
name; a numba that no longer knows it refuses it at import.
"""

from numba import njit

# Kept on disk beside the file of the function, so what calls each other stands in one file.
compiled = njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
# Put in place before LLVM sees it: for steps that have no arrays of their own.
in_place = njit(inline="always", error_model="numpy")
