"""Search: passages ranked by words and by vectors, and both fused."""
