"""Vision transformers with early exits on old x86 servers.

    import vitrt
    engine = vitrt.Engine("model.plan")
    session = vitrt.Session(engine)
    prediction = session.run_file("part.png")
    print(prediction.label, prediction.confidence, prediction.exit)

An Engine may be shared by threads; a Session belongs to one thread at a time (others wait). The interpreter lock is
released while a session works.
"""

from ._convert import convert
from ._engine import Engine, ExitInfo, TensorInfo
from ._library import BadInput, BadPlan, Error, InvalidArgument, Unsupported, lib
from ._session import Prediction, Session

__version__: str = lib.vitrt_version().decode()

__all__ = [
    "BadInput",
    "BadPlan",
    "Engine",
    "Error",
    "ExitInfo",
    "InvalidArgument",
    "Prediction",
    "Session",
    "TensorInfo",
    "Unsupported",
    "__version__",
    "convert",
]
