"""Vision transformers with early exits on old x86 servers.

    import vitrt
    engine = vitrt.Engine("model.plan")
    session = vitrt.Session(engine)
    answer = session.run_file(open("part.png", "rb").read())
    print(answer.label, answer.confidence, answer.exit)

An Engine may be shared by threads; a Session belongs to one thread at a time (others wait). The interpreter lock is
released while a session works.
"""

from ._vitrt import (
    BadInput,
    BadPlan,
    Engine,
    Error,
    ExitInfo,
    InvalidArgument,
    Prediction,
    Session,
    TensorInfo,
    Unsupported,
    __version__,
)

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
]
