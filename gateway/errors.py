"""What can go wrong with a model, one class per cause.

They are not problem documents: a node or a route decides what a user is told. The message names the cause in
words for a log; it never carries a prompt, a passage or a key.
"""


class ModelError(Exception):
    """A model call that gave nothing to use."""


class ModelUnavailable(ModelError):
    """Timeout, connection, 429, 5xx, an open breaker or a full queue: another provider may still answer."""


class ModelMisconfigured(ModelError):
    """The provider rejects what we are: wrong key, unknown model, a request it does not understand (4xx)."""


class ModelNonsense(ModelError):
    """The model wrote something that is not the agreed form, or more than it was allowed to."""


class ModelRefused(ModelError):
    """The model or its provider's content filter declined to answer."""
