"""Bundles that an outsider verifies without this software."""
