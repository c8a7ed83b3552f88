"""The parts of `bench/strategies.py`.

server.py           the endpoint, in a process of its own, and what one piece of work asked of it
replies.py          what it answers: to distilabel's prompts in the form that distilabel reads
work.py             what the arms work on
arms.py             a run of each arm, and its line
peers.py            distilabel beside evol-instruct and self-instruct
distilabel_peer.py  run by the peer's Python: one of distilabel's tasks
"""
