"""The one error of parsing: a document as a whole that can't be read."""

from core.errors import Unprocessable


class UnreadableDocument(Unprocessable):
    """No text can be had from this file; `detail` says what to change. Problems of single pages are reported
    beside the rest as `ParseProblem` instead."""

    code = "unreadable_document"
    title = "The document cannot be read"
