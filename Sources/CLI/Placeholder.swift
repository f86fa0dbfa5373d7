// Placeholder so that the target builds; replaced as the house fills.
