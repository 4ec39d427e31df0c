"""The sandbox banks' own policies: Markdown and PDF, listed in a manifest per tenant."""
