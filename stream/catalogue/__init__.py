"""The catalogue, every listing on sale, as Arrow record batches: where it is read from, and how a batch is decided."""
