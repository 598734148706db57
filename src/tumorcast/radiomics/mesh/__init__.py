"""Surface meshes of masks and distances on them."""
