"""How a turn can end early."""


class RunCancelled(Exception):
    """The person asked to stop."""
