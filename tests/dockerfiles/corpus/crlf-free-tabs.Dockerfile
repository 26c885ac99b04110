FROM	python:3.11	AS	tabs
	RUN	pip install	a
	COPY	--link	a	b
