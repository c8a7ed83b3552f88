"""The parts of `bench/downstream.py`.

arms.py        the arms: a local plugin of its recipes
"""
