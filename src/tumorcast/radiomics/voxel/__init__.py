"""Feature maps: every feature of the small neighbourhood around each voxel of a region."""
