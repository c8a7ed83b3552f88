"""Which texts are, or nearly are, texts that were there before: exact hashes and MinHash-LSH, verified.

Needs `datagen-core[near-duplicates]` (numpy and rensa).
"""
