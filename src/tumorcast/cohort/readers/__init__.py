"""One file a layout: how tables, manifests and batch lists lie on disk."""
