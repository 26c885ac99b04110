"""The rules. One file each, named by the bad thing; `argosy.lint.rule` says what stands in it."""
