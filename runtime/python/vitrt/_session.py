"""Session: one thread's way to run an engine; Prediction: what a run gives."""

from __future__ import annotations

import ctypes
import math
import os
import threading
from typing import Dict, List, Optional, Sequence, Union

import numpy as np

from . import _library
from ._engine import Engine
from ._frames import to_frame
from ._library import InvalidArgument, check, lib, sized

_POLICIES = ("max-prob", "margin", "entropy", "geometric-mean")  # by vitrt_policy - 1
_FLAGS = ((1, "non_finite"), (2, "deadline"), (4, "no_decision"), (8, "low_range"))

Thresholds = Union[None, float, Sequence[Optional[float]]]


class Prediction:
    """The prediction for one image; a copy that outlives the session."""

    __slots__ = ("label", "class_index", "probability", "confidence", "exit", "exit_index", "flags", "ms", "_values")

    def __init__(self, engine: Engine, p: _library.Prediction) -> None:
        self.class_index: int = p.label
        # The class's name, its number where the plan has no labels; None where there is no decision.
        self.label: Optional[str] = None
        if p.label >= 0:
            self.label = engine.labels[p.label] if p.label < len(engine.labels) else str(p.label)
        self.probability: float = p.probability
        self.confidence: float = p.confidence  # by the policy in force
        self.exit_index: int = p.exit
        self.exit: str = engine.exits[p.exit].name if p.exit >= 0 else ""
        self.flags: List[str] = [name for bit, name in _FLAGS if p.flags & bit]
        self.ms: Dict[str, float] = {"decode": p.decode_ms, "preprocess": p.preprocess_ms, "run": p.run_ms}
        size = 4 * p.classes
        self._values = (ctypes.string_at(p.probabilities, size), ctypes.string_at(p.logits, size)) if size else (b"", b"")

    @property
    def probabilities(self) -> np.ndarray:
        """Softmax of the logits, float32 [classes]."""
        return np.frombuffer(self._values[0], np.float32)

    @property
    def logits(self) -> np.ndarray:
        """Of the exit that answered, float32 [classes]."""
        return np.frombuffer(self._values[1], np.float32)

    def __repr__(self) -> str:
        flags = f", {', '.join(self.flags)}" if self.flags else ""
        label = "without a decision" if self.label is None else self.label
        return f"<vitrt.Prediction {label}, confidence {self.confidence:.6f}, exit {self.exit}{flags}>"


class Session:
    """One thread's way to run an engine; other threads that use it wait. threads=0: what the tune file says,
    or one for each allowed core that has work enough. The interpreter's lock is released while a session works.

    Every run takes thresholds (one for all exits, or one an exit, None: the plan's), policy ('max-prob', 'margin',
    'entropy', 'geometric-mean'), exit (a name, or 'last'), deadline_ms and all_exits (run to the end and keep every exit's logits).
    """

    def __init__(self, engine: Engine, *, threads: int = 0, max_batch: int = 1, pin: bool = False) -> None:
        self._handle = ctypes.c_void_p()
        self.engine = engine
        self.max_batch = max_batch
        self._lock = threading.Lock()
        options = sized(_library.SessionOptions, threads=threads, max_batch=max_batch, pin=int(pin))
        check(lib.vitrt_session_create(engine._handle, options, self._handle))
        self._answers = (ctypes.POINTER(_library.Prediction) * max(1, max_batch))()

    def __del__(self) -> None:
        if self.__dict__.get("_handle"):
            lib.vitrt_session_free(self._handle)

    def run_file(self, file: Union[str, os.PathLike, bytes, bytearray, memoryview], **options: object) -> Prediction:
        """Classifies a PNG, JPEG, BMP, PNM or TIFF file: its path, or its bytes."""
        if isinstance(file, (str, os.PathLike)):
            with open(file, "rb") as opened:
                file = opened.read()
        try:
            data = np.frombuffer(file, np.uint8)
        except (TypeError, ValueError, BufferError) as error:
            if isinstance(file, (bytes, bytearray, memoryview)):
                data = np.frombuffer(bytes(file), np.uint8)  # empty, or a view whose bytes are apart
            else:
                raise TypeError(f"run_file takes a path or bytes, not {type(file).__name__}") from error
        return self._run(1, lib.vitrt_run_file, (data.ctypes.data, data.nbytes), options)[0]

    def run_frame(self, frame: np.ndarray, *, bgr: bool = False, bits: int = 0, **options: object) -> Prediction:
        """Classifies one camera frame; see run_frames."""
        return self.run_frames([frame], bgr=bgr, bits=bits, **options)[0]

    def run_frames(
        self, frames: Sequence[np.ndarray], *, bgr: bool = False, bits: int = 0, **options: object
    ) -> List[Prediction]:
        """Classifies a batch of arrays [height, width], [height, width, 1, 3 or 4], uint8 or (but for 4 channels) uint16.

        bits: how many of a uint16 sample hold the value, the lowest (10, 12 or 14 of many cameras); 0: as the plan says.
        No pixel is copied, but of uint16 frames with bgr. Rows may be apart or upside down, the pixels of a row not.
        """
        if isinstance(frames, np.ndarray) and frames.ndim < 4:
            raise InvalidArgument(f"run_frames takes a list of frames, not one array {list(frames.shape)}: run_frames([frame])")
        kept = [to_frame(frame, bgr, bits) for frame in frames]  # the second of each keeps the pixels alive
        pointers = (ctypes.POINTER(_library.Frame) * len(kept))(*(ctypes.pointer(frame) for frame, _ in kept))
        return self._run(len(kept), lib.vitrt_run_frames, (pointers, len(kept)), options)

    def run_tensor(self, input: np.ndarray, **options: object) -> List[Prediction]:
        """Classifies a prepared batch as the model takes it: float32 [n, channels, height, width] mostly, see Engine.input_shape
        and input_dtype."""
        takes = ("float32", "uint8") if self.engine.input_dtype == "uint8" else ("float32",)
        if not isinstance(input, np.ndarray) or str(input.dtype) not in takes:
            given = input.dtype if isinstance(input, np.ndarray) else type(input).__name__
            raise TypeError(f"run_tensor takes a {' or '.join(takes)} array, not {given}")
        if input.ndim == 0:
            raise InvalidArgument("run_tensor takes a batch [n, channels, height, width], not a scalar")
        input = np.ascontiguousarray(input, np.float32)
        return self._run(len(input), lib.vitrt_run_tensor, (input.ctypes.data, input.size, len(input)), options)

    def exit_logits(self, exit: int) -> np.ndarray:
        """Logits [n, classes] of an exit after a run; empty where it did not run for the whole batch."""
        if not 0 <= exit < len(self.engine.exits):
            raise InvalidArgument(f"no exit {exit}")
        classes = self.engine.exits[exit].classes
        with self._lock:
            logits = lib.vitrt_exit_logits(self._handle, exit)
            data = ctypes.string_at(logits, 4 * self._last * classes) if logits else b""
        return np.frombuffer(data, np.float32).reshape(-1, classes)

    def exit_output(self, exit: int) -> np.ndarray:
        """Likewise, the model's output unchanged."""
        if not 0 <= exit < len(self.engine.exits):
            raise InvalidArgument(f"no exit {exit}")
        shape = self.engine.exits[exit].shape
        with self._lock:
            values = lib.vitrt_exit_output(self._handle, exit)
            data = ctypes.string_at(values, 4 * self._last * math.prod(shape)) if values else b""
        return _batch(data, np.dtype(np.float32), shape)

    def output(self, index: int) -> np.ndarray:
        """Output `index` of Engine.outputs after a run to the end, in its own type: for one image in the model's own
        shape, for n with n as the batch axis. No images where the run ended before."""
        if not 0 <= index < len(self.engine.outputs):
            raise InvalidArgument(f"no output {index}")
        info = self.engine.outputs[index]
        with self._lock:
            size = ctypes.c_size_t()
            values = lib.vitrt_output(self._handle, index, size)
            data = ctypes.string_at(values, size.value) if values else b""
        return _batch(data, np.dtype(info.dtype), info.shape)

    _last = 0  # images of the last run

    def _run(self, n: int, function, arguments: tuple, options: dict) -> List[Prediction]:
        given = _run_options(len(self.engine.exits), **options) if options else None
        with self._lock:
            if n > len(self._answers):
                raise InvalidArgument(f"a batch of {n}: the session takes 1 to {self.max_batch}")
            check(function(self._handle, *arguments, given, self._answers))
            self._last = n
            return [Prediction(self.engine, self._answers[i].contents) for i in range(n)]

    def __repr__(self) -> str:
        return f"<vitrt.Session of {self.engine.path!r}, batches up to {self.max_batch}>"


def _batch(data: bytes, dtype: np.dtype, shape: Sequence[int]) -> np.ndarray:
    """The tensors of as many images as `data` holds, one after the other, in one array."""
    images = len(data) // (dtype.itemsize * math.prod(shape))
    if images == 1:
        return np.frombuffer(data, dtype).reshape(shape)
    return np.frombuffer(data, dtype).reshape([images, *(shape[1:] if len(shape) > 0 and shape[0] == 1 else shape)])


def _run_options(
    exits: int,
    thresholds: Thresholds = None,
    policy: Optional[str] = None,
    exit: Optional[str] = None,
    deadline_ms: Optional[float] = None,
    all_exits: bool = False,
) -> _library.RunOptions:
    """vitrt_run_options of the keyword arguments of a run."""
    if policy is not None and policy not in _POLICIES:
        raise InvalidArgument(f"policy is {', '.join(_POLICIES)}, not {policy!r}")
    given = sized(
        _library.RunOptions,
        policy=0 if policy is None else _POLICIES.index(policy) + 1,
        exit=None if exit is None else exit.encode(),
        deadline_ms=deadline_ms or 0,
        all_exits=int(all_exits),
    )
    if thresholds is not None:
        each = [thresholds] * exits if isinstance(thresholds, (int, float)) else list(thresholds)
        if any(t is not None and t != t for t in each):  # in C, NaN stands for the plan's
            raise InvalidArgument("a threshold is not a number; None is the plan's")
        values = [float("nan") if t is None else t for t in each]
        given.thresholds, given.threshold_count = (ctypes.c_float * len(values))(*values), len(values)
    return given
