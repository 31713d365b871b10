"""Access policies and their rules, in order (R8, R9). Evaluation itself is `authzsite.domain`."""
