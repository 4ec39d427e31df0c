"""Whom to ask about a document: the policy owners who put it there."""
