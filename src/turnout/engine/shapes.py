"""What makes each lane of the pool what it is."""

from turnout.engine.lane import Shape
from turnout.engine.limits import Limits, Sizes

_UNBOUNDED = 1 << 30
_NICE = 5


def fast(limits: Limits, sizes: Sizes) -> Shape:
    """Proven versions: jobs of any workflow, sent ahead, so that a worker never idles."""
    return Shape(
        workers=sizes.fast,
        depth=sizes.pipeline,
        queue=sizes.fast_queue,
        group_queue=_UNBOUNDED,
        group_running=_UNBOUNDED,
        wall=limits.fast_wall,
        nice=0,
        sheds=True,
    )


def trial(limits: Limits, sizes: Sizes) -> Shape:
    """Unproven versions: the fast lane's limits, one job per worker, workflows in turns."""
    return Shape(
        workers=sizes.trial,
        depth=1,
        queue=sizes.fast_queue,
        group_queue=_UNBOUNDED,
        group_running=1,
        wall=limits.fast_wall,
        nice=0,
        sheds=True,
    )


def slow(limits: Limits, sizes: Sizes, preferred: str) -> Shape:
    """What overran: long limits, one job per workflow at a time.

    Args:
        preferred: how the groups of checks begin: nobody's hostile runs may keep authors from
            saving drafts.
    """
    return Shape(
        workers=sizes.slow,
        depth=1,
        queue=sizes.slow_queue,
        group_queue=sizes.slow_per_group,
        group_running=1,
        wall=limits.slow_wall,
        nice=_NICE,
        grace=limits.grace,
        preferred=preferred,
    )
