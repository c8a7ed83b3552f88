"""One path for every model call: cache, limiter, budget, send, parse, account.

    door.py          the path itself: `ModelDoor`, `BoundModel`
    bound_model.py   one model as a component sees it
    sending.py       slot, budget, time-out, retries: one call to its end
    site.py          who calls: arm, component, batch, row, link, attempt
    forms.py         requests and replies as JSON, and the key that a request is cached under
    cache.py         replies by request, shared by runs and processes
    ledger.py        every call of a run in a file, written before it is sent
    budget.py        the wall: what may still be sent
    estimate.py      the most tokens that a request can cost
    limiter.py       how many calls an endpoint gets at once
    rate.py          calls and tokens per minute, where told
    retry.py         which failures are tried again, and when
    breaker.py       an endpoint that is down pauses the run instead of failing it row by row
    structured.py    JSON answers that satisfy a schema, repaired or asked for once more
    prompts.py       prompts kept as files, rendered in a sandbox
    accounting.py    what calls cost, per arm, component and model

and what models at HTTP endpoints have in common:

    openai_format.py   requests as OpenAI's JSON, and its JSON as replies
    http_failures.py   statuses, waits and broken connections as ModelErrors
    addresses.py       what an address may look like, and whether it is this machine's
    keys.py            keys in the environment, which are kept nowhere

Nothing is imported here; jinja2, json-repair and jsonschema-rs only by who uses them (the extra `llm`).
"""
