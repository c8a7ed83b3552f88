"""A block in which numerical libraries use one thread."""

from __future__ import annotations

from contextlib import AbstractContextManager


def one_thread() -> AbstractContextManager[object]:
    """Inside it BLAS and OpenMP use one thread; afterwards what they used before.

    On such data a second thread slows a fit down (about twice for 13,516 rows of 7 classes).
    Costs 3 ms. scikit-learn is imported first, because only libraries that are loaded can be limited.
    """
    import sklearn.linear_model  # noqa: F401
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    limits: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limits
