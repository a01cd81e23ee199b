"""Records of the clinical model, chosen among several by a discriminator that was fitted on real ones."""
