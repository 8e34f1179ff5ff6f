"""Arrays as camera frames: vitrt_frame views of numpy memory."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from . import _library
from ._library import InvalidArgument, sized

# vitrt_pixel_format by sample type, channels, and whether blue comes first.
_FORMATS = {
    (np.uint8, 1, False): 0,
    (np.uint16, 1, False): 1,
    (np.uint8, 3, False): 2,
    (np.uint8, 3, True): 3,
    (np.uint8, 4, False): 4,
    (np.uint8, 4, True): 5,
    (np.uint16, 3, False): 6,
}


def to_frame(array: np.ndarray, bgr: bool, bits: int = 0) -> Tuple[_library.Frame, np.ndarray]:
    """A view of the array's pixels, and the array that must live as long."""
    if not isinstance(array, np.ndarray) or array.dtype not in (np.uint8, np.uint16):
        given = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise TypeError(f"a frame is a uint8 or uint16 array, not {given}")
    channels = 1 if array.ndim == 2 else array.shape[2] if array.ndim == 3 else 0
    if channels == 3 and bgr and array.dtype == np.uint16:
        array, bgr = np.ascontiguousarray(array[:, :, ::-1]), False
    key = (array.dtype.type, channels, bgr and channels > 1)
    if key not in _FORMATS:
        raise InvalidArgument(
            f"a frame is [height, width] or [height, width, 1, 3 or 4] (uint16: 1 or 3), not {array.dtype} {list(array.shape)}"
        )
    size = array.itemsize
    if array.size and (array.strides[1] != channels * size or (channels > 1 and array.strides[2] != size)):
        raise InvalidArgument("the pixels of a row of a frame must stand side by side")
    frame = sized(
        _library.Frame,
        format=_FORMATS[key],
        data=array.ctypes.data,
        width=array.shape[1],
        height=array.shape[0],
        stride=array.strides[0],
        bits=bits,
    )
    return frame, array
