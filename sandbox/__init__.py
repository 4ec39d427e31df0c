"""A small bank to try Countersign with: it speaks HTTP only, imports nobody and is imported by nobody.

It signs in anyone without a password, so it runs in development mode only.
"""
