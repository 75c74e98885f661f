"""What is known of embedding models by their names: the words that they were trained to see before a text.

Not listed, since they take texts as they are: text-embedding-3-*, bge-m3. gemini-embedding-*: the client sends the kind
of the text along.
"""

import re

from madoguchi.llm.models import Endpoint

# After the instruction of its makers; passages stand alone.
_INSTRUCTION = "Instruct: Given a web search query, retrieve relevant passages that answer the query\n"

# The first that fits: a pattern in the name, what stands before a question, what stands before a passage.
_PREFIXES = (
    (r"e5-\w+-instruct", f"{_INSTRUCTION}Query: ", ""),
    (r"\be5-(?:small|base|large)", "query: ", "passage: "),
    (r"ruri-v3", "検索クエリ: ", "検索文書: "),
    (r"qwen3-embedding", f"{_INSTRUCTION}Query:", ""),
    (r"nomic-embed-text", "search_query: ", "search_document: "),
    (r"arctic-embed-\w+-v2|arctic-embed2", "query: ", ""),
    (r"arctic-embed", "Represent this sentence for searching relevant passages: ", ""),
    (r"embeddinggemma", "task: search result | query: ", "title: none | text: "),
)


def prefixes_of(endpoint: Endpoint) -> tuple[str, str]:
    """Return what stands before a question and before a passage: as set, or else as known of the model."""
    if endpoint.query_prefix or endpoint.passage_prefix:
        return endpoint.query_prefix, endpoint.passage_prefix
    for pattern, query, passage in _PREFIXES:
        if re.search(pattern, endpoint.model.lower()):
            return query, passage
    return "", ""
