"""A model server on loopback that answers by rules: for tests, and for showing flows without a model.

It speaks what the providers speak (OpenAI, Azure, Anthropic, Google; vectors, marks, transcriptions), stands beside the
domains and knows none of them. It is no model: nothing offers it to people.
"""
