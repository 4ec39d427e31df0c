"""The cached index over what a caller may see."""
