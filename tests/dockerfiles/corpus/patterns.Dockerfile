ARG VERSION=v1.2.3
FROM app:${VERSION#v}
ENV FILE=/models/bert.tar.gz
ENV STEM=${FILE##*/} NAME=${FILE%%.*} DASHED=${FILE//\//-} REST=${UNKNOWN#x}
WORKDIR /srv/${STEM%.gz}
