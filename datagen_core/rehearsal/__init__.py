"""A stand-in for a model: deterministic, offline, free; answers anything with plausible English or valid JSON.

model.py        `Rehearsal`: requests in, replies out
answering.py    one answer: text or JSON, within max_tokens and up to a stop string
imitation.py    going on with a prompt that breaks off: a list, a transcript, a question answered above, a block
wishes.py       how long the prompt wants the answer to be
topics.py       what the prompt is about
sentences.py    sentences about topics
places.py       texts for the properties of a JSON answer
translation.py  pseudo-localised texts where a prompt asks for another language
rewriting.py    texts that a prompt quotes and wants rewritten
quoting.py      quotes of what a prompt shows between marks
vocabulary.py   words and sentence frames
tokens.py       counting and cutting; log-probabilities
embedding.py    vectors of texts by hashed n-grams
"""
