"""One file a revision, by number. None goes back: what a newer revision keeps, an older program could not hold."""
