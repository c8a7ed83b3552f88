"""The parts of `bench/models.py`.

line.py       one line of its table
endpoint.py   the endpoint: a process of its own, so that its CPU isn't measured; what it answers
floor.py      the floor: a bare aiohttp loop that does the same work
runs.py       recipes and runs of them
speed.py      wall and CPU against the floor; the learning curve
limits.py     rates, hangs and outages
crashes.py    kill -9
budgets.py    walls
providers.py  two ways to the same endpoint
"""
