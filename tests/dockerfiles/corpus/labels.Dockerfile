FROM busybox
LABEL "com.example.vendor"="ACME Incorporated" com.example.label-with-value=foo
LABEL version=1.0
LABEL description="This text \
that spans lines."
LABEL old style value
ENV GREETING='single $HOME' OTHER=a\ b\ c EMPTY= LAST="x"
ENV ONE two  three
