"""libvitrt.so as ctypes sees it: vitrt/c.h in Python, and its error codes as exceptions."""

from __future__ import annotations

import ctypes
import pathlib
from ctypes import POINTER, Structure, c_char_p, c_double, c_float, c_int8, c_int32, c_int64, c_size_t, c_uint32, c_void_p

ABI_VERSION = 4  # of vitrt/c.h, that this package was written for


class Error(RuntimeError):
    """Whatever vitrt refuses or cannot do."""


class InvalidArgument(Error):
    """A wrong option or call."""


class BadPlan(Error):
    """A plan or model that is missing, damaged, foreign or of another version."""


class BadInput(Error):
    """An image or tensor that cannot be read or does not fit the plan."""


class Unsupported(Error):
    """A sound model, or a machine, that vitrt cannot serve."""


ERRORS = {2: InvalidArgument, 3: BadPlan, 4: BadInput, 5: Unsupported}  # by vitrt_code; other codes are Error


class EngineOptions(Structure):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("max_isa", c_int32), ("tune_file", c_char_p)]


class SessionOptions(Structure):
    _fields_ = [("struct_size", c_uint32), ("threads", c_int32), ("max_batch", c_int32), ("pin", c_int32)]


class RunOptions(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("policy", c_int32),
        ("thresholds", POINTER(c_float)),
        ("threshold_count", c_size_t),
        ("enabled", POINTER(c_int8)),
        ("enabled_count", c_size_t),
        ("exit", c_char_p),
        ("deadline_ms", c_double),
        ("all_exits", c_int32),
        ("measure_input", c_int32),
    ]


class Frame(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("format", c_int32),
        ("data", c_void_p),
        ("width", c_int64),
        ("height", c_int64),
        ("stride", c_int64),
        ("bits", c_int32),
    ]


class ExitInfo(Structure):
    _fields_ = [
        ("name", c_char_p),
        ("classes", c_int64),
        ("flops", c_double),
        ("threshold", c_float),
        ("enabled", c_int32),
        ("meaning", c_int32),
        ("dims", POINTER(c_int64)),
        ("rank", c_size_t),
    ]


class OutputInfo(Structure):
    _fields_ = [("name", c_char_p), ("type", c_int32), ("dims", POINTER(c_int64)), ("rank", c_size_t)]


class Prediction(Structure):
    _fields_ = [
        ("label", c_int32),
        ("exit", c_int32),
        ("probability", c_float),
        ("confidence", c_float),
        ("flags", c_uint32),
        ("classes", c_uint32),
        ("probabilities", c_void_p),
        ("logits", c_void_p),
        ("decode_ms", c_double),
        ("preprocess_ms", c_double),
        ("run_ms", c_double),
        ("input_mean", c_float),
        ("input_deviation", c_float),
    ]


_PREDICTIONS = POINTER(POINTER(Prediction))
_FUNCTIONS = {  # name: (result, arguments)
    "vitrt_abi_version": (c_int32, []),
    "vitrt_version": (c_char_p, []),
    "vitrt_error_message": (c_char_p, []),
    "vitrt_error_hint": (c_char_p, []),
    "vitrt_engine_load": (c_int32, [c_char_p, POINTER(EngineOptions), POINTER(c_void_p)]),
    "vitrt_engine_free": (None, [c_void_p]),
    "vitrt_engine_isa": (c_int32, [c_void_p]),
    "vitrt_engine_max_batch": (c_int32, [c_void_p]),
    "vitrt_engine_tuned_steps": (c_int32, [c_void_p]),
    "vitrt_engine_tune_note": (c_char_p, [c_void_p]),
    "vitrt_engine_model_name": (c_char_p, [c_void_p]),
    "vitrt_engine_input_dims": (c_size_t, [c_void_p, POINTER(POINTER(c_int64))]),
    "vitrt_engine_input_type": (c_int32, [c_void_p]),
    "vitrt_engine_label_count": (c_size_t, [c_void_p]),
    "vitrt_engine_label": (c_char_p, [c_void_p, c_int32]),
    "vitrt_engine_exit_count": (c_size_t, [c_void_p]),
    "vitrt_engine_exit": (POINTER(ExitInfo), [c_void_p, c_size_t]),
    "vitrt_engine_output_count": (c_size_t, [c_void_p]),
    "vitrt_engine_output": (POINTER(OutputInfo), [c_void_p, c_size_t]),
    "vitrt_session_create": (c_int32, [c_void_p, POINTER(SessionOptions), POINTER(c_void_p)]),
    "vitrt_session_free": (None, [c_void_p]),
    "vitrt_run_file": (c_int32, [c_void_p, c_void_p, c_size_t, POINTER(RunOptions), _PREDICTIONS]),
    "vitrt_run_frames": (c_int32, [c_void_p, POINTER(POINTER(Frame)), c_int32, POINTER(RunOptions), _PREDICTIONS]),
    "vitrt_run_tensor": (c_int32, [c_void_p, c_void_p, c_size_t, c_int32, POINTER(RunOptions), _PREDICTIONS]),
    "vitrt_exit_logits": (c_void_p, [c_void_p, c_size_t]),
    "vitrt_exit_output": (c_void_p, [c_void_p, c_size_t]),
    "vitrt_output": (c_void_p, [c_void_p, c_size_t, POINTER(c_size_t)]),
}


def _load() -> ctypes.CDLL:
    """The library of this package; in a package without one, the system's."""
    own = pathlib.Path(__file__).parent / "libvitrt.so.0"
    try:
        library = ctypes.CDLL(str(own) if own.exists() else "libvitrt.so.0")
    except OSError as error:
        raise ImportError(f"vitrt: no libvitrt.so.0 in {own.parent}, and none on this system: {error}") from None
    if library.vitrt_abi_version() < ABI_VERSION:
        raise ImportError(f"vitrt: libvitrt.so.0 is older than this package: {library._name}")
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


lib = _load()


def check(code: int) -> None:
    """Raises what the library says of the failed call of this thread."""
    if code == 0:
        return
    message, hint = lib.vitrt_error_message().decode(), lib.vitrt_error_hint().decode()
    raise ERRORS.get(code, Error)(f"{message}; {hint}" if hint else message)


def sized(structure: type, **fields: object):
    """A structure of options that knows its own size."""
    return structure(struct_size=ctypes.sizeof(structure), **fields)
