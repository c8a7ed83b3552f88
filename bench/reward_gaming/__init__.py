"""The parts of `bench/reward.py`.

arms.py      the plugin: arms whose rows say what they are worth, a judge that can be flattered, an auditor that can't
scenario.py  a scenario drawn from a seed, what it makes attainable, and the worth of a run of it
"""
