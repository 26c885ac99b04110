FROM python:3.12 AS base
CMD ["base"]
FROM base AS child
ENTRYPOINT ["child"]
FROM base AS other
ENTRYPOINT ["other"]
CMD ["own"]
