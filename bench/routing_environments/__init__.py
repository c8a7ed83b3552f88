"""The parts of `bench/routing.py`.

world.py        what a simulated job is: arms, contexts, worth, money; the clairvoyant's earnings
environments.py nine such jobs, drawn from a seed
simulation.py   a router in a job, on draws that are the same for all routers
routers.py      the routers that are installed, and the libraries that are
libraries.py    mabwiser, river, vowpalwabbit and paretobandit behind DataGen's interface
"""
