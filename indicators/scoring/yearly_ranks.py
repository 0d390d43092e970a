"""Ranks of many units in many years at once, by the same rules as :func:`indicators.scoring.ranks.rank`."""

import numpy as np
from numpy.typing import NDArray

from indicators.scoring.ranks import Ties

UNITS_COMPARED_AT_ONCE = 256
Numbers = NDArray[np.float64]


def rank_years(totals: Numbers, ties: Ties = "shared") -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rank the units of each year (units × years), the highest first; 0 and not counted where there is no total.

    >>> positions, ranked = rank_years(np.array([[90.0], [np.nan], [95.0], [90.0]]))
    >>> positions[:, 0].tolist(), ranked.tolist()
    ([2, 0, 1, 2], [3])
    """
    known = ~np.isnan(totals)
    ranked = known.sum(axis=0)
    if ties == "shared" and len(totals) <= UNITS_COMPARED_AT_ONCE:
        positions = (totals[None, :, :] > totals[:, None, :]).sum(axis=1) + 1
    else:
        positions = np.empty(totals.shape, dtype=np.int64)
        for year in range(totals.shape[1]):
            positions[:, year] = _rank_one(totals[:, year], ties)
    return np.where(known, positions, 0), ranked


def _rank_one(totals: Numbers, ties: Ties) -> NDArray[np.int64]:
    positions = np.zeros(len(totals), dtype=np.int64)
    rows = np.flatnonzero(~np.isnan(totals))
    _, runs, counts = np.unique(-totals[rows], return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    if ties == "dense":
        positions[rows] = runs + 1
    elif ties == "lower":
        positions[rows] = (before + counts)[runs]
    elif ties == "shared":
        positions[rows] = before[runs] + 1
    else:
        positions[rows[np.argsort(runs, kind="stable")]] = np.arange(1, len(rows) + 1)
    return positions
