"""How plugins declare what they offer (`spec`) and how they are found and loaded (`host`)."""
