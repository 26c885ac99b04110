FROM later AS first
FROM self AS self
FROM base AS later
COPY --from=nowhere:1 /a /b
COPY --from=first /a /b
