"""How a turn can end early."""


class RunCancelled(Exception):
    """The person asked to stop."""


class RunSuperseded(Exception):
    """Another execution of this run has begun or has ended it: this one writes nothing more."""
