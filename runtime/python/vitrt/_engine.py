"""Engine: a loaded plan."""

from __future__ import annotations

import ctypes
import os
from typing import List, NamedTuple, Optional, Union

from . import _library
from ._library import check, lib, sized

_NO_MMAP, _TRUST_WEIGHTS, _HUGE_PAGES, _ONEDNN = 1, 2, 8, 16  # vitrt_engine_options.flags
_MEANINGS = ("logits", "probabilities", "binary_logit", "binary_probability")  # by vitrt_exit_meaning
_DTYPES = ("float32", "int32", "int64", "bool", "uint8")  # by vitrt_element_type
_TIERS = ("sse41", "avx", "avx2", "avx512")  # by vitrt_isa - 1


class ExitInfo(NamedTuple):
    """An exit of a plan."""

    name: str
    index: int  # order in which exits are tried
    classes: int
    threshold: float  # answers when confidence >= threshold; the last exit always does
    enabled: bool
    flops: float  # of one image that leaves here
    meaning: str  # what the model's output is: 'logits', 'probabilities', 'binary_logit' or 'binary_probability'
    shape: List[int]  # of the model's output for one image


class TensorInfo(NamedTuple):
    """A tensor of the model that is no exit."""

    name: str
    shape: List[int]  # of one image, as the model has it
    dtype: str  # 'float32', 'int32', 'int64', 'bool' or 'uint8'


class Engine:
    """A loaded plan. Immutable; threads may share it.

    isa: highest instruction set to use. mmap=False reads the file into memory, which is safe against a file truncated
    while in use. huge_pages asks the system for pages of 2 MB. use_onednn lets oneDNN take part, where it is there.
    tune_file is what `vitrt tune` wrote; by default the plan's path with .tune behind it, where that is a file; "" is none.
    """

    def __init__(
        self,
        path: Union[str, os.PathLike],
        *,
        isa: Optional[str] = None,
        mmap: bool = True,
        verify_weights: bool = True,
        use_onednn: bool = False,
        huge_pages: bool = False,
        tune_file: Union[None, str, os.PathLike] = None,
    ) -> None:
        self._handle = ctypes.c_void_p()
        if isa is not None and isa not in _TIERS:
            raise _library.InvalidArgument(f"isa is {', '.join(_TIERS)}, not {isa!r}")
        flags = (
            (0 if mmap else _NO_MMAP)
            | (0 if verify_weights else _TRUST_WEIGHTS)
            | (_HUGE_PAGES if huge_pages else 0)
            | (_ONEDNN if use_onednn else 0)
        )
        options = sized(
            _library.EngineOptions,
            flags=flags,
            max_isa=0 if isa is None else _TIERS.index(isa) + 1,
            tune_file=None if tune_file is None else os.fsencode(tune_file),
        )
        self.path: str = os.fspath(path)
        check(lib.vitrt_engine_load(os.fsencode(path), options, self._handle))
        # Steps that run otherwise because of the tune file; why it, or a part, was not taken up, or "".
        self.tuned_steps: int = lib.vitrt_engine_tuned_steps(self._handle)
        self.tune_note: str = lib.vitrt_engine_tune_note(self._handle).decode()
        self.labels: List[str] = [
            lib.vitrt_engine_label(self._handle, i).decode() for i in range(lib.vitrt_engine_label_count(self._handle))
        ]
        self.exits: List[ExitInfo] = [self._exit(i) for i in range(lib.vitrt_engine_exit_count(self._handle))]
        # The model's outputs that are no exits.
        self.outputs: List[TensorInfo] = [self._output(i) for i in range(lib.vitrt_engine_output_count(self._handle))]

    def __del__(self) -> None:
        if self.__dict__.get("_handle"):
            lib.vitrt_engine_free(self._handle)

    def _exit(self, index: int) -> ExitInfo:
        e = lib.vitrt_engine_exit(self._handle, index).contents
        return ExitInfo(e.name.decode(), index, e.classes, e.threshold, bool(e.enabled), e.flops, _MEANINGS[e.meaning], e.dims[: e.rank])

    def _output(self, index: int) -> TensorInfo:
        o = lib.vitrt_engine_output(self._handle, index).contents
        return TensorInfo(o.name.decode(), o.dims[: o.rank], _DTYPES[o.type])

    @property
    def model_name(self) -> str:
        return lib.vitrt_engine_model_name(self._handle).decode()

    @property
    def isa(self) -> str:
        """The instruction set in use."""
        return _TIERS[lib.vitrt_engine_isa(self._handle) - 1]

    @property
    def max_batch(self) -> int:
        return lib.vitrt_engine_max_batch(self._handle)

    @property
    def input_shape(self) -> List[int]:
        """Of one image, in the model's own layout: [1, channels, height, width], or with the channels last."""
        dims = ctypes.POINTER(ctypes.c_int64)()
        count = lib.vitrt_engine_input_dims(self._handle, dims)
        return dims[:count]

    @property
    def input_dtype(self) -> str:
        """'float32', or 'uint8' for a model that takes bytes."""
        return _DTYPES[lib.vitrt_engine_input_type(self._handle)]

    def __repr__(self) -> str:
        exits = ", ".join(e.name for e in self.exits)
        return f"<vitrt.Engine {self.path!r}: {len(self.labels)} labels, exits [{exits}], batch {self.max_batch}, {self.isa}>"
