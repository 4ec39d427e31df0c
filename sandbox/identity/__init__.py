"""A development identity provider: OpenID Connect with named personas instead of passwords."""
