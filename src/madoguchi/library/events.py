"""What the library tells the domains below it. A receiver that fails makes the durable step fail and be tried again."""

from django.dispatch import Signal

# A version's passages are cut and stored: `version` (Version). Sent inside a durable step, perhaps more than once.
passages_ready = Signal()
# Places, readers, classifications or dates changed: `documents` (list of Document, of one office), already saved.
access_changed = Signal()
# A document is gone from sight: `document` (Document).
document_removed = Signal()
