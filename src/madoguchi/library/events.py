"""What the library tells the domains below it. A receiver that fails makes the durable step fail and be tried again."""

from django.dispatch import Signal

# A version's passages are cut and stored: `version` (Version). Sent inside a durable step, perhaps more than once.
passages_ready = Signal()
# A document's place, readers, classification or dates changed: `document` (Document), already saved.
access_changed = Signal()
# The same of many documents of one office at once: `documents` (list of Document).
accesses_changed = Signal()
# A document is gone from sight: `document` (Document).
document_removed = Signal()
