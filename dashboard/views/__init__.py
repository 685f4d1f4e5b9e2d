"""What a page shows, as dataclasses made from the store and the records. No words, no colours."""
