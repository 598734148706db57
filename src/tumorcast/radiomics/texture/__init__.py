"""Grey levels, neighbours and the five texture matrices, apart from the features made of them."""
