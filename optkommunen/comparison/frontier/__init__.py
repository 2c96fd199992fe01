"""Data envelopment analysis: scores, peers, slacks and targets, with the warnings that belong to it."""
