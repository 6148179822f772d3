# tools/run holds the recipes, and says what each does; it also works where there is no make.
VERBS := build test demo bench docs lint fmt julia bless clean install archive

.PHONY: help $(VERBS)
help:
	@tools/run
$(VERBS):
	@tools/run $@
